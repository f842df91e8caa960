package io.relais.sync.watch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The net below the watches: what a scan has met and nobody watches is found, put right and told.
 */
final class InotifyAuditTest {
  private static final Set<RelPath> MET =
      Stream.of("", "a", "a/b", "c", "d", "e", "f")
          .map(RelPath::ofLatin1)
          .collect(Collectors.toSet());

  @TempDir Path temporary;
  private final RecordingListener listener = new RecordingListener();
  private final List<List<RelPath>> results = new CopyOnWriteArrayList<>();
  private Path root = Path.of("");

  @BeforeEach
  void makeTree() throws IOException {
    root = Files.createDirectory(temporary.resolve("root")).toRealPath();
    for (RelPath directory : MET) {
      Files.createDirectories(root.resolve(directory.latin1()));
    }
  }

  private InotifyInstance open() throws IOException {
    return InotifyInstance.open(
        new WatchAssignment(
            new WatchedTree(root, path -> false),
            Set.of(),
            Integer.MAX_VALUE,
            new GuardedListener(listener),
            reason -> {
              throw new AssertionError(reason);
            }));
  }

  private List<RelPath> audit(InotifyInstance instance) {
    results.clear();
    instance.audit(MET, results::add);
    await().until(() -> !results.isEmpty());
    return results.getFirst();
  }

  @Test
  void findsNothingWhereNothingIsWrong() throws Exception {
    try (InotifyInstance instance = open()) {
      assertThat(audit(instance)).isEmpty();
    }
  }

  @Test
  void whatIsNotWatchedIsFoundComparedAndWatchedAgain() throws Exception {
    try (InotifyInstance instance = open()) {
      WatchTable table = instance.table();
      table.removeAll(requireNonNull(table.at(RelPath.ofLatin1("a"))));
      Files.createFile(root.resolve("a/b/unseen"));

      assertThat(audit(instance)).extracting(RelPath::latin1).containsExactly("a", "a/b");
      listener.awaitCovered("a/b/unseen");
      Files.createFile(root.resolve("a/b/seen"));
      listener.awaitChanged("a/b/seen");
      assertThat(audit(instance)).isEmpty();
    }
  }

  @Test
  void whatHasGoneOrComeSinceTheScanIsNoDefect() throws Exception {
    try (InotifyInstance instance = open()) {
      Files.delete(root.resolve("c"));
      Files.createDirectories(root.resolve("new/deep"));
      Files.move(root.resolve("a"), root.resolve("d/moved"));
      assertThat(audit(instance)).isEmpty();
    }
  }

  @Test
  void theMessageNamesTheFirstFewAndSaysWhatWasDone() {
    assertThat(
            WatchAudit.problem(
                Path.of("/srv/site"),
                MET.stream().filter(path -> !path.isRoot()).sorted().toList()))
        .isEqualTo(
            "6 directories below /srv/site were not watched (a, a/b, c and 3 more), so changes there"
                + " were first seen by this full scan; they are watched again now and compared with"
                + " the backup; this is a defect of the program, please report it");
    assertThat(WatchAudit.problem(Path.of("/srv/site"), List.of())).isNull();
  }
}
