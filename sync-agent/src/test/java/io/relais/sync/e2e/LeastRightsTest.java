package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.testbed.ssh.OpenSshBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The rights that SECURITY.md says are enough, as they are written there. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class LeastRightsTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path directory;

  private static String written(String name) throws IOException {
    String all = Files.readString(Path.of("../SECURITY.md"));
    Matcher block =
        Pattern.compile("<!-- " + name + " -->\n```\n(.*?)```", Pattern.DOTALL).matcher(all);
    assertThat(block.find()).as(name).isTrue();
    return block.group(1);
  }

  private static String options(String name) throws IOException {
    String line = written(name);
    return line.substring(0, line.indexOf(" ssh-ed25519"));
  }

  @Test
  void areEnoughForAllThatAMirrorDoes() throws Exception {
    OpenSshBed.Rights rights =
        new OpenSshBed.Rights(
            written("backup sshd_config"),
            options("backup authorized_keys"),
            written("bastion sshd_config"),
            options("bastion authorized_keys"));
    try (Rig rig =
        Rig.in(directory, OpenSshBed.in(directory.resolve("client")).rights(rights), "", "")) {
      Path d = Files.createDirectories(rig.source().resolve("d/sub"));
      byte[] large = new byte[20_000_000];
      new Random(1).nextBytes(large);
      Files.write(d.resolve("large"), large);
      Files.writeString(d.resolve("small"), "small");
      Files.createSymbolicLink(d.resolve("link"), Path.of("small"));
      for (int i = 0; i < 300; i++) {
        Files.writeString(d.resolve("many" + i), "many");
      }
      rig.startAgent();
      rig.awaitEqual(LIMIT);

      // Deltas, moves, modes, deletes by the hundred, and a directory in the place of a file.
      large[1_000_000] ^= 1;
      Files.write(d.resolve("large"), large);
      Files.move(d.resolve("small"), rig.source().resolve("moved"));
      d.toFile().setWritable(false, false);
      rig.awaitEqual(LIMIT);
      d.toFile().setWritable(true, true);
      for (int i = 0; i < 100; i++) {
        Files.delete(d.resolve("many" + i));
      }
      Files.delete(rig.source().resolve("moved"));
      Files.createDirectory(rig.source().resolve("moved"));
      rig.awaitEqual(LIMIT);

      assertThat(rig.said()).doesNotContain("WARN", "ERROR");
    }
  }
}
