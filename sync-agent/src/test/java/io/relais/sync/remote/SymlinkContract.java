package io.relais.sync.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.delta.Piece;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget.Base;
import io.relais.sync.remote.SyncTarget.Renaming;
import io.relais.sync.remote.SyncTarget.Staged;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The part of the contract that is about symlinks which somebody else has put in the place of a
 * directory or file since the mirror last saw it: no change goes through one.
 */
public abstract class SymlinkContract extends TargetFixture {
  private static final byte[] SMALL = "new".getBytes(UTF_8);
  private static final byte[] LARGE = TestContent.bytes(300_000, 3);

  /** One change in a directory {@code a/d} that holds a file and a directory. */
  interface Attempt {
    void on(SymlinkContract test) throws IOException;
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        change("a new small file", test -> test.publishThere("a/d/new", SMALL)),
        change("a new large file", test -> test.publishThere("a/d/new", LARGE)),
        change("a file over another", test -> test.publishThere("a/d/file", SMALL)),
        change("several files", SymlinkContract::publishSeveral),
        change("an assembled file", SymlinkContract::assemble),
        change(
            "a symlink",
            test -> test.publishOne(test.target.stageSymlink(path("a/d/new"), "to", TIME))),
        change(
            "a directory",
            test -> test.target.make(new RemoteChange.MakeDirectory(path("a/d/new"), 0755))),
        change(
            "attributes of a file",
            test ->
                test.target.make(
                    new RemoteChange.SetAttributes(
                        path("a/d/file"), attributes(EntryKind.FILE, 0666)))),
        change(
            "a file's mode",
            test -> test.target.make(new RemoteChange.SetMode(path("a/d/file"), 0666))),
        change(
            "attributes of a directory in it",
            test ->
                test.target.make(
                    new RemoteChange.SetAttributes(
                        path("a/d/sub"), attributes(EntryKind.DIRECTORY, 0777)))),
        change(
            "attributes of itself",
            test ->
                test.target.make(
                    new RemoteChange.SetAttributes(
                        path("a/d"), attributes(EntryKind.DIRECTORY, 0777)))),
        change(
            "its own mode", test -> test.target.make(new RemoteChange.SetMode(path("a/d"), 0777))),
        change(
            "removing a file",
            test -> test.target.make(new RemoteChange.RemoveFile(path("a/d/file")))),
        change(
            "removing a directory",
            test -> test.target.make(new RemoteChange.RemoveDirectory(path("a/d/sub")))),
        change("moving aside", test -> test.target.moveAside(path("a/d/file"))),
        change("moving out", test -> test.move("a/d/file", "moved")),
        change("moving in", test -> test.move("mine", "a/d/mine")),
        change("moving within", test -> test.move("a/d/file", "a/d/other")));
  }

  private static Arguments change(String name, Attempt attempt) {
    return Arguments.argumentSet(name, attempt);
  }

  private static TargetEntry attributes(EntryKind entryKind, int mode) {
    return new TargetEntry(entryKind, 0, TIME + 100, mode, null);
  }

  private void publishThere(String at, byte[] content) throws IOException {
    publishOne(stage(at, content, 0644));
  }

  private void publishOne(Staged staged) throws IOException {
    Optional<TargetException> refusal =
        target.publish(List.of(staged), SyncTarget.PublishOrder.GIVEN).getFirst();
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  private void publishSeveral() throws IOException {
    List<Staged> staged = List.of(stage("a/d/new", SMALL, 0644), stage("a/d/sub/new", SMALL, 0644));
    for (Optional<TargetException> refusal : target.publish(staged, SyncTarget.PublishOrder.ANY)) {
      if (refusal.isPresent()) {
        throw refusal.get();
      }
    }
  }

  /** From a file that is below the same directory. */
  private void assemble() throws IOException {
    publishOne(
        target.stageAssembled(
            path("a/d/new"),
            new Base(path("a/d/file"), 5, TIME),
            TestRecipe.of(new Piece.Copy(0, 5)),
            TIME,
            0644,
            5));
  }

  private void move(String from, String to) throws IOException {
    Optional<TargetException> refusal =
        target.move(List.of(new Renaming(path(from), path(to)))).getFirst();
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  /** What there is elsewhere, with modes and times. */
  private Map<String, TargetEntry> elsewhere() throws IOException {
    Map<String, TargetEntry> found = new TreeMap<>(target.list(path("elsewhere")));
    found.put(".", at("elsewhere"));
    target.list(path("elsewhere/sub")).forEach((name, entry) -> found.put("sub/" + name, entry));
    return found;
  }

  private void fill(String directory) throws IOException {
    target.make(new RemoteChange.MakeDirectory(path(directory), 0755));
    target.make(new RemoteChange.MakeDirectory(path(directory + "/sub"), 0755));
    put(directory + "/file", "55555");
    target.make(
        new RemoteChange.SetAttributes(
            path(directory + "/sub"), attributes(EntryKind.DIRECTORY, 0755)));
    target.make(
        new RemoteChange.SetAttributes(path(directory), attributes(EntryKind.DIRECTORY, 0755)));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void goesThroughNoSymlinkInTheWay(Attempt attempt) throws Exception {
    target.make(new RemoteChange.MakeDirectory(path("a"), 0755));
    fill("a/d");
    fill("elsewhere");
    put("mine", "mine");
    target.beginRound();
    // All of it works while the directory is one.
    put("a/d/probe", "x");
    try (SyncTarget somebodyElse = link.open(() -> {})) {
      assertThat(somebodyElse.move(List.of(new Renaming(path("a/d"), path("a/was")))).getFirst())
          .isEmpty();
      Staged planted = somebodyElse.stageSymlink(path("a/d"), "../elsewhere", TIME);
      assertThat(somebodyElse.publish(List.of(planted), SyncTarget.PublishOrder.GIVEN).getFirst())
          .isEmpty();
    }
    Map<String, TargetEntry> before = elsewhere();
    byte[] content = read("elsewhere/file");

    target.beginRound();
    try {
      attempt.on(this);
    } catch (TargetException e) {
      assertThat(e.getMessage()).contains("a/d");
    }

    assertThat(elsewhere()).isEqualTo(before);
    assertThat(read("elsewhere/file")).isEqualTo(content);
    assertThat(at("a/d").linkTarget()).isEqualTo("../elsewhere");
    assertThat(target.list(RelPath.ROOT)).containsKey("mine").doesNotContainKey("moved");
  }

  @Test
  void takesNoSymlinkForTheDirectoryThatItMoves() throws Exception {
    target.make(new RemoteChange.MakeDirectory(path("a"), 0755));
    putLink("a/d", "../elsewhere");
    put("a/file", "x");

    List<Optional<TargetException>> refusals =
        target.move(
            List.of(
                new Renaming(path("a/d"), path("moved"), EntryKind.DIRECTORY),
                new Renaming(path("a/file"), path("file"), EntryKind.FILE)));

    assertThat(refusals.getFirst())
        .hasValueSatisfying(e -> assertThat(e.reason()).isEqualTo(Reason.UNSAFE_PATH));
    assertThat(refusals.getLast()).isEmpty();
  }

  /** A change of attributes would follow a symlink in the place of the file itself. */
  @ParameterizedTest
  @MethodSource("attributesOfItself")
  void setsNothingThroughASymlinkInItsOwnPlace(Attempt attempt) throws Exception {
    target.make(new RemoteChange.MakeDirectory(path("a"), 0755));
    fill("elsewhere");
    putLink("a/d", "../elsewhere");
    putLink("a/file", "../elsewhere/file");
    Map<String, TargetEntry> before = elsewhere();

    target.beginRound();
    try {
      attempt.on(this);
    } catch (TargetException e) {
      assertThat(e.getMessage()).contains("a/");
    }

    assertThat(elsewhere()).isEqualTo(before);
  }

  static Stream<Arguments> attributesOfItself() {
    return Stream.of(
        change(
            "of a file",
            test ->
                test.target.make(
                    new RemoteChange.SetAttributes(
                        path("a/file"), attributes(EntryKind.FILE, 0666)))),
        change(
            "a file's mode",
            test -> test.target.make(new RemoteChange.SetMode(path("a/file"), 0666))),
        change(
            "of a directory",
            test ->
                test.target.make(
                    new RemoteChange.SetAttributes(
                        path("a/d"), attributes(EntryKind.DIRECTORY, 0777)))),
        change(
            "a directory's mode",
            test -> test.target.make(new RemoteChange.SetMode(path("a/d"), 0777))));
  }
}
