package io.relais.failover.cli;

import static java.nio.file.attribute.PosixFilePermissions.fromString;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Nobody else can mislead the watcher by its own files, nor read what is meant for its user. */
final class StateRightsTest extends SceneTestCase {
  @Test
  void whatItMakesIsClosedToOthers() throws IOException {
    scene.productionAnswers(500);
    assertThat(scene.run("check").code()).isEqualTo(Exit.SWITCHED.code());

    Map<String, String> modes = new TreeMap<>();
    try (Stream<Path> all = Files.walk(scene.state())) {
      for (Path path : all.toList()) {
        modes.put(
            folder.relativize(path).toString(),
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS)));
      }
    }

    assertThat(modes)
        .containsKeys("state/status.json", "state/history.jsonl", "state/lock", "state/notices");
    assertThat(modes)
        .allSatisfy(
            (name, mode) ->
                assertThat(mode)
                    .as(name)
                    .isEqualTo(
                        Files.isDirectory(folder.resolve(name)) ? "rwx------" : "rw-------"));
  }

  @Test
  void aDirectoryInWhichOthersMayWriteIsRefusedWithTheCommandThatClosesIt() throws IOException {
    Files.createDirectory(scene.state());
    Files.setPosixFilePermissions(scene.state(), fromString("rwxrwxrwx"));

    for (String command : new String[] {"check", "run", "switch --yes"}) {
      Scene.Said said = scene.run(command.split(" "));
      assertThat(said.code()).as(command).isEqualTo(Exit.STATE.code());
      assertThat(said.err())
          .as(command)
          .contains(
              scene.state()
                  + ": can be changed by others (mode 0777); run: chmod go-w "
                  + scene.state());
    }

    assertThat(scene.state()).isEmptyDirectory();
    assertThat(scene.run("doctor").out())
        .contains("FAILED   state directory: " + scene.state() + ": can be changed by others");
  }

  @Test
  void soIsOneThatOthersCanExchange() throws IOException {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Files.setPosixFilePermissions(shared, fromString("rwxrwxrwx"));
    scene.edit(scene.state().toString(), shared.resolve("state").toString());

    Scene.Said said = scene.run("check");

    assertThat(said.code()).isEqualTo(Exit.STATE.code());
    assertThat(said.err()).contains("who may write to the directory " + shared + " (mode 0777)");
  }

  @Test
  void aLinkInThePlaceOfADraftIsNotFollowed() throws IOException {
    Path victim = Files.writeString(folder.resolve("victim"), "theirs");
    Files.createDirectory(scene.state());
    for (String planted : new String[] {"status.json.tmp", "state.json.tmp", "history.jsonl"}) {
      Files.createSymbolicLink(scene.state().resolve(planted), victim);
    }
    scene.productionAnswers(500);

    assertThat(scene.run("check").code()).isEqualTo(Exit.SWITCHED.code());

    assertThat(victim).hasContent("theirs");
  }

  @Test
  void aConfigurationThatOthersCanChangeIsRefused() throws IOException {
    Files.setPosixFilePermissions(scene.config(), fromString("rw-rw-rw-"));

    Scene.Said said = scene.run("check");

    assertThat(said.code()).isEqualTo(Exit.USAGE.code());
    assertThat(said.err())
        .isEqualTo(
            "%1$s: can be changed by others (mode 0666); run: chmod go-w %1$s\n"
                .formatted(scene.config()));
  }

  @Test
  void aUrlInAConfigurationThatOthersMayReadIsRefusedAndNotShown() throws IOException {
    Files.setPosixFilePermissions(scene.config(), fromString("rw-r--r--"));
    scene.more("[deadman]\nurl = \"https://ping.example.org/s3cr3t\"\n");

    Scene.Said said = scene.run("config", "check");

    assertThat(said.code()).isEqualTo(Exit.USAGE.code());
    assertThat(said.err())
        .contains(
            "the URL is a secret, and this file is open to others (mode 0644); run: chmod 600")
        .contains("url_file")
        .doesNotContain("s3cr3t");

    Files.setPosixFilePermissions(scene.config(), fromString("rw-------"));
    assertThat(scene.run("config", "check").code()).isZero();
  }
}
