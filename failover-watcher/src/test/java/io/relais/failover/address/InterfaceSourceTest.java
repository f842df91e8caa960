package io.relais.failover.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.net.InetAddresses;
import io.relais.failover.net.IpFamily;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class InterfaceSourceTest {
  private static final String LINK_LOCAL =
      "fe8000000000000052540ffffe123456 02 40 20 80     eth0\n";
  private static final String ULA = "fd000000000000000000000000000001 02 40 00 80     eth0\n";
  private static final String LOOPBACK = "00000000000000000000000000000001 01 80 10 80       lo\n";

  @TempDir private Path directory;

  private String find(String table) throws IOException, AddressException {
    Path file = Files.writeString(directory.resolve("if_inet6"), table);
    var address = new InterfaceSource("eth0", file).find(IpFamily.V6);
    return InetAddresses.toAddrString(address);
  }

  private static String row(String hex, String flags) {
    return hex + " 02 40 00 " + flags + "     eth0\n";
  }

  @Test
  void takesTheLastingGlobalAddress() throws Exception {
    String table =
        LOOPBACK
            + LINK_LOCAL
            + ULA
            + row("2a01cb00000000000000000000000009", "01")
            + row("2a01cb00000000000000000000000005", "00");

    assertThat(find(table)).isEqualTo("2a01:cb00::5");
  }

  @Test
  void prefersWhatWasSetByHandThenTheLowest() throws Exception {
    String first = row("2a01cb00000000000000000000000001", "00");
    String second = row("2a01cb00000000000000000000000007", "80");
    String third = row("2a01cb00000000000000000000000006", "80");

    assertThat(find(first + second + third)).isEqualTo("2a01:cb00::6");
    assertThat(find(third + second + first)).isEqualTo("2a01:cb00::6");
  }

  @ParameterizedTest
  @CsvSource({"01, temporary", "21, both", "20, deprecated", "40, tentative", "c8, duplicate"})
  void passesOverWhatDoesNotLast(String flags, String why) {
    assertThatThrownBy(() -> find(row("2a01cb00000000000000000000000009", flags)))
        .as(why)
        .isInstanceOf(AddressException.class)
        .hasMessageContaining("no public IPv6 address that lasts");
  }

  @Test
  void doesNotTakeAnotherInterfacesAddress() {
    assertThatThrownBy(() -> find("2a01cb00000000000000000000000009 03 40 00 80 eth0.5\n"))
        .isInstanceOf(AddressException.class)
        .hasMessageContaining("no such interface");
  }

  @Test
  void refusesLinkLocalAndPrivateAddresses() {
    assertThatThrownBy(() -> find(LINK_LOCAL + ULA)).isInstanceOf(AddressException.class);
  }

  @Test
  void saysThatIpv6IsOff() {
    assertThatThrownBy(
            () -> new InterfaceSource("eth0", directory.resolve("none")).find(IpFamily.V6))
        .isInstanceOf(AddressException.class)
        .hasMessageContaining("IPv6 is switched off");
  }

  @Test
  void knowsNothingOfIpv4() {
    assertThat(new InterfaceSource("eth0", directory).supports(IpFamily.V4)).isFalse();
  }
}
