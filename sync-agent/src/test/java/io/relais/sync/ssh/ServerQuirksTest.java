package io.relais.sync.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whom several channels in one connection are trusted to. */
final class ServerQuirksTest {
  @ParameterizedTest
  @CsvSource({
    "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7, true",
    "SSH-2.0-OpenSSH_for_Windows_9.5, true",
    "SSH-2.0-dropbear_2022.83, true",
    "SSH-2.0-dropbear, true",
    "SSH-2.0-APACHE-SSHD-2.20.0, true",
    "SSH-2.0-mod_sftp, false",
    "SSH-2.0-mod_sftp/1.0.1, false",
    "SSH-2.0-Go, false",
    "SSH-2.0-x OpenSSH_9.2, false",
    "null, false"
  })
  void areToldByTheirIdentification(String identification, boolean good) {
    assertThat(ServerQuirks.keepChannelsApart(identification)).isEqualTo(good);
  }
}
