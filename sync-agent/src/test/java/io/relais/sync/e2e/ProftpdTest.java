package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.testbed.PlainWords;
import io.relais.testbed.ssh.OtherServersBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * ProFTPD's mod_sftp as backup, with every default. It mixes up the data of channels that share a
 * connection, and follows symlinks where it is to rename them.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class ProftpdTest {
  private static final int SMALL_FILES = 200;
  private static final int LARGE = 3_000_000;

  @TempDir private Path directory;

  @Test
  void getsManySmallFilesAndALargeOneOfTwoMirrors() throws Exception {
    for (String name : List.of("site", "more")) {
      fill(Files.createDirectory(directory.resolve(name)));
    }
    Path links = Files.createDirectories(directory.resolve("site/links"));
    Files.writeString(links.resolve("led-to"), "here");
    Files.createSymbolicLink(links.resolve("current"), Path.of("led-to"));
    Path closed = Files.createDirectory(directory.resolve("site/closed"));
    for (Path each : List.of(Files.writeString(links.resolve("secret"), "secret"), closed)) {
      Files.setAttribute(each, "unix:mode", 0);
    }
    Path log = directory.resolve("log");
    try (OtherServersBed bed = OtherServersBed.start(directory.resolve("client"));
        AgentProcess agent = new AgentProcess(configuration(bed), log, AgentProcess.DEEP_QUEUE)) {
      await("all files")
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(200))
          .untilAsserted(
              () -> {
                for (String name : List.of("site", "more")) {
                  Path copy = bed.data().resolve(name);
                  assertThat(copy.resolve("large")).as("%s", log(log)).exists();
                  for (int i = 0; i < SMALL_FILES; i++) {
                    assertThat(copy.resolve("small-" + i)).exists();
                  }
                }
                assertThat(log(log)).contains("site: links/current: ");
              });
      for (String name : List.of("site", "more")) {
        assertThat(bed.data().resolve(name + "/large"))
            .hasSameBinaryContentAs(directory.resolve(name + "/large"));
      }
      assertThat(bed.data().resolve("site/links/led-to")).hasContent("here");
      assertThat(Files.exists(bed.data().resolve("site/links/current"), LinkOption.NOFOLLOW_LINKS))
          .isFalse();
      // The server says that it sets a mode of 0, and does not.
      for (String name : List.of("site/links/secret", "site/closed")) {
        await()
            .atMost(Duration.ofMinutes(1))
            .until(() -> (mode(bed.data().resolve(name)) & 0777) == 0400);
      }
      assertThat(log(log))
          .containsOnlyOnce("site: at the target, its server does not set mode 000")
          .doesNotContain("somebody else")
          .containsOnlyOnce(
              "site: at the target, its server ('mod_sftp') is not known to keep several SFTP")
          .containsOnlyOnce("site: links/current: the server follows symlinks");
      assertThat(agent.terminate()).isZero();
    }
    PlainWords.assertSpokenIn(log(log));
  }

  private static int mode(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
  }

  private static void fill(Path source) throws IOException {
    for (int i = 0; i < SMALL_FILES; i++) {
      Files.writeString(source.resolve("small-" + i), "number " + i);
    }
    byte[] large = new byte[LARGE];
    new Random(1).nextBytes(large);
    Files.write(source.resolve("large"), large);
  }

  private Path configuration(OtherServersBed bed) throws IOException {
    StringBuilder text =
        new StringBuilder(
            """
            [agent]
            state_dir = "%s"
            [ssh]
            config = "%s"
            """
                .formatted(directory.resolve("state"), bed.sshConfig()));
    for (String name : List.of("site", "more")) {
      text.append(
          """
          [[sync]]
          name = "%1$s"
          source = "%2$s/%1$s"
          target = "proftpd:/data/%1$s"
          """
              .formatted(name, directory));
    }
    return Files.writeString(directory.resolve("sync-agent.toml"), text);
  }

  private static String log(Path log) throws IOException {
    return Files.exists(log) ? Files.readString(log) : "";
  }
}
