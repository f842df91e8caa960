package io.relais.sync.remote;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget.Pending;
import io.relais.sync.remote.SyncTarget.Renaming;
import io.relais.sync.remote.SyncTarget.Staged;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The part of the contract that is about what lies at the target, and what may be done with it. */
public abstract class EntriesContract extends SymlinkContract {
  @Test
  void saysWhatIsThereAndWhatIsNot() throws IOException {
    put("file", "four");
    target.make(new RemoteChange.MakeDirectory(path("directory"), 0755));
    putLink("link", "nowhere");
    assertThat(target.stat(path("file")))
        .isEqualTo(new TargetEntry(EntryKind.FILE, 4, TIME, 0644, null));
    assertThat(at("directory").kind()).isEqualTo(EntryKind.DIRECTORY);
    assertThat(at("directory").size()).isZero();
    assertThat(at("link").kind()).isEqualTo(EntryKind.SYMLINK);
    assertThat(at("link").linkTarget()).isEqualTo("nowhere");
    assertThat(at("link").mode()).isEqualTo(0777);
    assertThat(target.stat(path("nothing"))).isNull();
    assertThat(target.stat(path("no/where"))).isNull();
    assertThat(target.stat(path("file/below"))).isNull();
    assertThat(at("").kind()).isEqualTo(EntryKind.DIRECTORY);
  }

  @Test
  void listsWhatIsInADirectory() throws IOException {
    assertThat(target.list(RelPath.ROOT)).isEmpty();
    put("file", "four");
    putLink("link", "file");
    target.make(new RemoteChange.MakeDirectory(path("directory"), 0755));
    put("directory/below", "x");
    Map<String, TargetEntry> found = target.list(RelPath.ROOT);
    assertThat(found).containsOnlyKeys("file", "link", "directory");
    assertThat(found).containsEntry("file", at("file")).containsEntry("link", at("link"));
    assertThat(target.list(path("directory"))).containsOnlyKeys("below");
    assertRefused(Reason.NOT_FOUND, () -> target.list(path("nothing")));
    assertRefused(Reason.NOT_FOUND, () -> target.list(path("file")));
  }

  @Test
  void listsAThousandEntries() throws Exception {
    List<Staged> staged = new ArrayList<>();
    for (int i = 0; i < 900; i++) {
      staged.add(stage("f" + i, new byte[i % 3], 0640));
    }
    for (int i = 0; i < 100; i++) {
      staged.add(target.stageSymlink(path("l" + i), "to" + i, TIME));
    }
    publish(staged.toArray(Staged[]::new));
    Map<String, TargetEntry> found = target.list(RelPath.ROOT);
    assertThat(found).hasSize(1000);
    assertThat(found)
        .containsEntry("f899", new TargetEntry(EntryKind.FILE, 2, TIME, 0640, null))
        .hasEntrySatisfying("l99", entry -> assertThat(entry.linkTarget()).isEqualTo("to99"));
  }

  @Test
  void makesDirectoriesThatTheirOwnerCanFill() throws IOException {
    target.make(new RemoteChange.MakeDirectory(path("a"), 0555));
    target.make(new RemoteChange.MakeDirectory(path("a"), 0700));
    target.make(new RemoteChange.MakeDirectory(path("a/b"), 0755));
    put("a/b/file", "x");
    assertThat(at("a").mode() & 0700).isEqualTo(0700);
    assertRefused(
        Reason.NOT_FOUND,
        () -> target.make(new RemoteChange.MakeDirectory(path("no/where"), 0755)));
    assertRefused(
        Reason.FAILURE, () -> target.make(new RemoteChange.MakeDirectory(path("a/b/file"), 0755)));
    putLink("link", "a");
    assertRefused(
        Reason.FAILURE, () -> target.make(new RemoteChange.MakeDirectory(path("link"), 0755)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0400, 0444, 0600, 0640, 0755, 0777, 04755, 02644, 01600})
  void keepsModesOfFiles(int mode) throws IOException {
    assumeTrue(mode <= 0777 || isLinuxDisk(), "special bits can't be kept there");
    publish(stage("file", new byte[3], mode));
    assertThat(at("file").mode()).isEqualTo(mode);
    publish(stage("file", new byte[4], 0644));
    target.make(new RemoteChange.SetMode(path("file"), mode));
    assertThat(at("file").mode()).isEqualTo(mode);
  }

  @ParameterizedTest
  @ValueSource(ints = {0555, 0700, 0750, 0777, 01777})
  void keepsModesOfDirectories(int mode) throws IOException {
    assumeTrue(mode <= 0777 || isLinuxDisk(), "special bits can't be kept there");
    target.make(new RemoteChange.MakeDirectory(path("directory"), 0755));
    target.make(
        new RemoteChange.SetAttributes(
            path("directory"), new TargetEntry(EntryKind.DIRECTORY, 0, TIME, mode, null)));
    assertThat(target.stat(path("directory")))
        .isEqualTo(new TargetEntry(EntryKind.DIRECTORY, 0, TIME, mode, null));
    target.make(new RemoteChange.SetMode(path("directory"), 0700));
    assertThat(at("directory").mode()).isEqualTo(0700);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 1_700_000_001, 0x7FFF_FFFFL, 0x8000_0000L, 0xFFFF_FFFFL})
  void keepsTimes(long seconds) throws IOException {
    publish(target.stage(path("f"), TestContent.of(new byte[1]), seconds, 0644, 1).await());
    assertThat(at("f").mtimeSeconds()).isEqualTo(seconds);
    put("g", "x");
    target.make(
        new RemoteChange.SetAttributes(
            path("g"), new TargetEntry(EntryKind.FILE, 1, seconds, 0600, null)));
    assertThat(target.stat(path("g")))
        .isEqualTo(new TargetEntry(EntryKind.FILE, 1, seconds, 0600, null));
  }

  @Test
  void keepsTimesOfSymlinks() throws IOException {
    assumeTrue(target.capabilities().setsSymlinkTimes(), "times of symlinks can't be set there");
    put("file", "x");
    putLink("link", "file");
    assertThat(at("link").mtimeSeconds()).isEqualTo(TIME);
    target.make(
        new RemoteChange.SetAttributes(
            path("link"), new TargetEntry(EntryKind.SYMLINK, 0, 5, 0777, "file")));
    assertThat(at("link").mtimeSeconds()).isEqualTo(5);
    assertThat(at("file").mtimeSeconds()).isEqualTo(TIME);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a", "../up", "/abso/lute", "\u00ff\n\\ [x] ", "-rf", "../up/", "a//b/./../b"})
  void keepsWhatASymlinkSays(String text) throws IOException {
    assumeTrue(isLinuxDisk() || !text.matches(".*(//|/\\.|/$).*"), "such texts are not kept there");
    putLink("link", text);
    assertThat(at("link").linkTarget()).isEqualTo(text);
    assertThat(target.list(RelPath.ROOT))
        .hasEntrySatisfying("link", entry -> assertThat(entry.linkTarget()).isEqualTo(text));
  }

  @Test
  void keepsWhatALongSymlinkSays() throws IOException {
    String text = "0123456789/".repeat(300) + "end";
    putLink("link", text);
    assertThat(at("link").linkTarget()).isEqualTo(text);
  }

  @Test
  void keepsNamesByteForByte() throws IOException {
    List<String> odd =
        List.of(
            "new\nline",
            "\u00ff\u0080",
            "x".repeat(255),
            "-rf",
            "[",
            "back\\slash",
            "trailing ",
            " leading",
            "*?",
            "\u0001\u007f",
            "\"quote'",
            "#",
            "\r",
            new String("\uD83D\uDE80".getBytes(UTF_8), ISO_8859_1));
    for (String name : odd) {
      target.make(new RemoteChange.MakeDirectory(path(name), 0755));
      put(name + "/" + name, name);
      putLink(name + "/link", name);
    }
    assertThat(target.list(RelPath.ROOT).keySet()).containsExactlyInAnyOrderElementsOf(odd);
    for (String name : odd) {
      assertThat(target.list(path(name))).containsOnlyKeys(name, "link");
      assertThat(at(name + "/link").linkTarget()).isEqualTo(name);
      assertThat(read(name + "/" + name)).isEqualTo(name.getBytes(UTF_8));
      target.make(new RemoteChange.RemoveFile(path(name + "/" + name)));
      target.make(new RemoteChange.RemoveFile(path(name + "/link")));
      target.make(new RemoteChange.RemoveDirectory(path(name)));
    }
    assertThat(target.list(RelPath.ROOT)).isEmpty();
  }

  @Test
  void refusesANameThatIsTooLong() {
    assumeTrue(isLinuxDisk(), "names have no limit there");
    assertRefused(
        Reason.FAILURE,
        () -> target.make(new RemoteChange.MakeDirectory(path("x".repeat(256)), 0755)));
  }

  @Test
  void movesAnythingAside() throws IOException {
    target.make(new RemoteChange.MakeDirectory(path("d"), 0755));
    target.make(new RemoteChange.MakeDirectory(path("d/below"), 0755));
    put("d/below/file", "x");
    putLink("d/link", "x");
    for (String each : List.of("d/below", "d/link", "d")) {
      RelPath aside = target.moveAside(path(each));
      assertThat(target.stat(path(each))).isNull();
      assertThat(target.stat(aside)).isNotNull();
      assertThat(names.isOurs(aside.name())).isTrue();
      assertThat(aside.parent()).isEqualTo(path(each).parent());
    }
    assertRefused(Reason.NOT_FOUND, () -> target.moveAside(path("nothing")));
  }

  @Test
  void movesAnythingAnywhere() throws IOException {
    target.make(new RemoteChange.MakeDirectory(path("d"), 0755));
    put("d/file", "x");
    putLink("d/link", "x");
    target.make(new RemoteChange.MakeDirectory(path("e"), 0755));
    put("other", "replaced");
    moved("d", "e/d");
    moved("e/d/link", "link");
    moved("e/d/file", "other");
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("e", "link", "other");
    assertThat(target.list(path("e/d"))).isEmpty();
    assertThat(read("other")).isEqualTo("x".getBytes(UTF_8));
    assertThat(at("other").mtimeSeconds()).isEqualTo(TIME);
    assertThat(at("link").linkTarget()).isEqualTo("x");
  }

  @Test
  void movesInTheOrderGivenAndGoesOnAfterARefusal() throws IOException {
    put("a", "a");
    put("b", "b");
    target.make(new RemoteChange.MakeDirectory(path("full"), 0755));
    put("full/x", "x");
    target.make(new RemoteChange.MakeDirectory(path("other"), 0755));
    assertThat(move("a", "t", "nothing", "z", "b", "a", "a", "full", "other", "full", "t", "b"))
        .extracting(refusal -> refusal.map(TargetException::reason).orElse(null))
        .containsExactly(null, Reason.NOT_FOUND, null, Reason.FAILURE, Reason.FAILURE, null);
    assertThat(read("a")).isEqualTo("b".getBytes(UTF_8));
    assertThat(read("b")).isEqualTo("a".getBytes(UTF_8));
    assertThat(read("full/x")).isEqualTo("x".getBytes(UTF_8));
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("a", "b", "full", "other");
    assertThat(move("a", "no/where").getFirst().orElseThrow().reason()).isEqualTo(Reason.NOT_FOUND);
    assertThat(move()).isEmpty();
  }

  private void moved(String from, String to) throws IOException {
    assertThat(move(from, to)).containsExactly(Optional.empty());
  }

  private List<Optional<TargetException>> move(String... fromAndTo) throws IOException {
    List<Renaming> renamings = new ArrayList<>();
    for (int i = 0; i < fromAndTo.length; i += 2) {
      renamings.add(new Renaming(path(fromAndTo[i]), path(fromAndTo[i + 1])));
    }
    return target.move(renamings);
  }

  @Test
  void removesWhatIsThere() throws IOException {
    put("file", "x");
    putLink("link", "file");
    target.make(new RemoteChange.MakeDirectory(path("d"), 0755));
    put("d/file", "x");
    assertRefused(Reason.FAILURE, () -> target.make(new RemoteChange.RemoveDirectory(path("d"))));
    assertRefused(Reason.FAILURE, () -> target.make(new RemoteChange.RemoveFile(path("d"))));
    target.make(new RemoteChange.RemoveFile(path("link")));
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("file", "d");
    target.make(new RemoteChange.RemoveFile(path("file")));
    target.make(new RemoteChange.RemoveFile(path("d/file")));
    target.make(new RemoteChange.RemoveDirectory(path("d")));
    target.make(new RemoteChange.RemoveFile(path("file")));
    target.make(new RemoteChange.RemoveDirectory(path("d")));
    target.make(new RemoteChange.RemoveFile(path("no/where")));
    assertThat(target.list(RelPath.ROOT)).isEmpty();
  }

  @Test
  void makesChangesInTheOrderGivenAndGoesOnAfterARefusal() throws IOException {
    target.make(new RemoteChange.MakeDirectory(path("old"), 0755));
    put("old/file", "x");
    put("file", "x");
    TargetEntry wanted = new TargetEntry(EntryKind.DIRECTORY, 0, TIME, 0750, null);
    List<Pending> pending =
        target.begin(
            List.of(
                new RemoteChange.MakeDirectory(path("a"), 0755),
                new RemoteChange.MakeDirectory(path("a/b"), 0755),
                new RemoteChange.RemoveDirectory(path("old")),
                new RemoteChange.RemoveFile(path("nothing")),
                new RemoteChange.RemoveFile(path("old/file")),
                new RemoteChange.RemoveDirectory(path("old")),
                new RemoteChange.SetMode(path("file"), 0600),
                new RemoteChange.MakeDirectory(path("file/below"), 0755),
                new RemoteChange.SetAttributes(path("a"), wanted)));
    for (int i = 0; i < pending.size(); i++) {
      if (i == 2) {
        assertRefused(Reason.FAILURE, pending.get(i)::await);
      } else if (i == 7) {
        assertThatExceptionOfType(TargetException.class).isThrownBy(pending.get(i)::await);
      } else {
        pending.get(i).await();
      }
    }
    assertThat(target.list(RelPath.ROOT)).containsOnlyKeys("a", "file");
    assertThat(at("a")).isEqualTo(wanted);
    assertThat(at("a/b").kind()).isEqualTo(EntryKind.DIRECTORY);
    assertThat(at("file").mode()).isEqualTo(0600);
    assertThat(target.begin(List.of())).isEmpty();
  }

  @Test
  void removesManyFilesBeforeTheDirectoryThatHeldThem() throws IOException {
    target.make(new RemoteChange.MakeDirectory(path("old"), 0755));
    target.make(new RemoteChange.MakeDirectory(path("old/directory"), 0755));
    List<RemoteChange> changes = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      if (i % 5 != 1) {
        put("old/" + i, "x");
      }
      changes.add(new RemoteChange.RemoveFile(path("old/" + i)));
    }
    changes.add(333, new RemoteChange.RemoveFile(path("old/directory")));
    changes.add(new RemoteChange.RemoveDirectory(path("old/directory")));
    changes.add(new RemoteChange.RemoveDirectory(path("old")));
    List<Pending> pending = target.begin(changes);
    for (int i = 0; i < pending.size(); i++) {
      if (i == 333) {
        assertThatExceptionOfType(TargetException.class).isThrownBy(pending.get(i)::await);
      } else {
        pending.get(i).await();
      }
    }
    assertThat(target.list(RelPath.ROOT)).isEmpty();
  }

  @Test
  void refusesWhatThereIsNoPlaceFor() throws IOException {
    put("file", "x");
    assertRefused(Reason.NOT_FOUND, () -> stageAndPublish("no/where"));
    assertRefused(Reason.NOT_FOUND, () -> target.stageSymlink(path("no/where"), "x", TIME));
    assertRefused(
        Reason.NOT_FOUND, () -> target.make(new RemoteChange.SetMode(path("nothing"), 0644)));
    assertRefused(
        Reason.NOT_FOUND,
        () ->
            target.make(
                new RemoteChange.SetAttributes(
                    path("nothing"), new TargetEntry(EntryKind.FILE, 0, TIME, 0644, null))));
  }

  @Test
  void respectsModesAtTheServer() throws IOException {
    assumeTrue(enforcesModes(), "the server looks at no modes");
    target.make(new RemoteChange.MakeDirectory(path("locked"), 0755));
    put("locked/file", "x");
    target.make(new RemoteChange.SetMode(path("locked"), 0555));
    put("unreadable", "x");
    target.make(new RemoteChange.SetMode(path("unreadable"), 0));
    assertRefused(Reason.PERMISSION_DENIED, () -> stageAndPublish("locked/new"));
    assertRefused(
        Reason.PERMISSION_DENIED, () -> target.stageSymlink(path("locked/new"), "x", TIME));
    assertRefused(
        Reason.PERMISSION_DENIED,
        () -> target.make(new RemoteChange.RemoveFile(path("locked/file"))));
    assertRefused(Reason.PERMISSION_DENIED, () -> target.moveAside(path("locked/file")));
    assertRefused(
        Reason.PERMISSION_DENIED,
        () -> target.make(new RemoteChange.MakeDirectory(path("locked/d"), 0755)));
    assertRefused(Reason.PERMISSION_DENIED, () -> read("unreadable"));
    target.make(new RemoteChange.SetMode(path("locked"), 0755));
  }

  @Test
  void saysWhatRoomThereIs() throws IOException {
    assertThat(target.space(RelPath.ROOT))
        .satisfies(space -> assertThat(requireNonNull(space).freeBytes()).isPositive());
  }
}
