package io.relais.common;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FaultsTest {
  @Test
  void saysInWordsWhatAClassStandsFor() {
    assertThat(Faults.describe(new AccessDeniedException("/a"))).isEqualTo("permission denied");
    assertThat(Faults.withFile(new NoSuchFileException("/a"))).isEqualTo("/a: it is not there");
    assertThat(Faults.withFile(new FileSystemException("/a", null, "No space left on device")))
        .isEqualTo("/a: No space left on device");
    assertThat(Faults.describe(new TimeoutException())).isEqualTo("no answer in time");
    assertThat(Faults.describe(new IOException())).isEqualTo("no reason was given");
    assertThat(Faults.describe(new ConnectException("Connection refused")))
        .isEqualTo("Connection refused");
  }

  @ParameterizedTest
  @CsvSource({
    "no way to /127.0.0.5:53, no way to 127.0.0.5:53",
    "no way to /[2001:db8:0:0:0:0:0:1]:53, no way to [2001:db8:0:0:0:0:0:1]:53",
    "www.example.org/203.0.113.10:443, www.example.org/203.0.113.10:443",
    "'java.nio.file.AccessDeniedException: /a', /a",
    "'IllegalStateException: it is closed', it is closed",
    "'it is org.apache.sshd.Session@1f2e3d4c[state=Opened]', it is",
    "can't read /etc/hosts, can't read /etc/hosts",
    "see https://www.example.org/a, see https://www.example.org/a"
  })
  void leavesOutWhatOnlyJavaSays(String text, String said) {
    assertThat(Faults.plain(text)).isEqualTo(said);
  }
}
