package io.relais.sync.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HardLinkProtectionTest {
  @TempDir private Path directory;

  @Test
  void warnsWhereTheKernelLetsUsersLinkWhatTheyMayNotRead() throws Exception {
    Path setting = directory.resolve("protected_hardlinks");
    assertThat(HardLinkProtection.warning(setting)).isEmpty();
    Files.writeString(setting, "1\n");
    assertThat(HardLinkProtection.warning(setting)).isEmpty();
    Files.writeString(setting, "0\n");
    assertThat(HardLinkProtection.warning(setting))
        .hasValueSatisfying(
            line -> assertThat(line).contains("is 0", "sysctl -w fs.protected_hardlinks=1"));
  }
}
