package io.relais.sync.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.RelPath;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.Rounds;
import io.relais.sync.source.LinkPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A site's user makes something that can't be read: that is its own problem, and no other's. */
final class UnreadableAdviceHintTest {
  @TempDir Path directory;

  @Test
  void aChangeBehindALoopOfSymlinksIsAProblemOfItsPathAlone() throws Exception {
    Path source = Files.createDirectory(directory.resolve("source"));
    Path d = Files.createDirectory(source.resolve("d"));
    Files.writeString(d.resolve("file"), "one");
    Files.createSymbolicLink(d.resolve("loop"), Path.of(".."));
    Rounds rounds =
        new Rounds(
            source,
            Files.createDirectory(directory.resolve("state")),
            Long.MAX_VALUE,
            InstantSource.system(),
            LinkPolicy.FOLLOW);
    TemporaryNameGenerator names = new TemporaryNameGenerator("loops");
    InMemoryDisk disk = new InMemoryDisk(Long.MAX_VALUE);
    try (SyncTarget target = disk.link(names).open(() -> {})) {
      rounds.problems(target, names);

      Files.writeString(d.resolve("file"), "two, and longer");
      Map<RelPath, String> problems =
          rounds.problemsAt(
              target, names, Set.of(RelPath.ofLatin1("d/loop/d/file"), RelPath.ofLatin1("d/file")));

      assertThat(problems.values())
          .isNotEmpty()
          .allMatch(why -> why.contains("a symlink leads back to a directory that holds it"));
      assertThat(disk.snapshot().keySet()).contains(RelPath.ofLatin1("d/file"));
    }
  }
}
