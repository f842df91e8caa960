package io.relais.common;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.common.FileRights.UnsafeFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateDirectoryTest {
  @TempDir private Path directory;

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void isMadeClosedToOthersWithAllOnTheWayToIt() throws IOException {
    StateDirectory.make(directory.resolve("a/b"));

    assertThat(mode(directory.resolve("a"))).isEqualTo("rwx------");
    assertThat(mode(directory.resolve("a/b"))).isEqualTo("rwx------");
  }

  @Test
  void oneThatIsThereStaysAsItIs() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));

    StateDirectory.make(directory);

    assertThat(mode(directory)).isEqualTo("rwxr-xr-x");
  }

  @Test
  void oneInWhichOthersMayWriteIsRefused() throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwx---"));

    assertThatThrownBy(() -> StateDirectory.make(directory))
        .isInstanceOf(UnsafeFileException.class)
        .hasMessage(
            directory + ": can be changed by others (mode 0770); run: chmod go-w " + directory);
  }
}
