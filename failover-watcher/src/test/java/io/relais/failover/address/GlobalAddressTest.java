package io.relais.failover.address;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import java.net.Inet6Address;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GlobalAddressTest {
  /** The first and the last address of each block. */
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0.255.255.255, 791",
    "10.0.0.0, 10.255.255.255, 1918",
    "100.64.0.0, 100.127.255.255, 6598",
    "127.0.0.0, 127.255.255.255, 1122",
    "169.254.0.0, 169.254.255.255, 3927",
    "172.16.0.0, 172.31.255.255, 1918",
    "192.0.0.0, 192.0.0.255, 6890",
    "192.0.2.0, 192.0.2.255, 5737",
    "192.31.196.0, 192.31.196.255, 7535",
    "192.52.193.0, 192.52.193.255, 7450",
    "192.88.99.0, 192.88.99.255, 7526",
    "192.168.0.0, 192.168.255.255, 1918",
    "192.175.48.0, 192.175.48.255, 7534",
    "198.18.0.0, 198.19.255.255, 2544",
    "198.51.100.0, 198.51.100.255, 5737",
    "203.0.113.0, 203.0.113.255, 5737",
    "224.0.0.0, 239.255.255.255, 5771",
    "240.0.0.0, 255.255.255.254, 1112",
    "255.255.255.255, 255.255.255.255, 919",
    "::, ::, unspecified",
    "::1, ::1, loopback",
    "::2, ::ffff, not given out",
    "::808:808, ::808:808, not given out",
    "64:ff9b::, 64:ff9b::ffff:ffff, 6052",
    "64:ff9b:1::, 64:ff9b:1:ffff:ffff:ffff:ffff:ffff, 8215",
    "100::, 100::ffff:ffff:ffff:ffff, 6666",
    "100:0:0:1::, 100::1:ffff:ffff:ffff:ffff, 9780",
    "1fff:ffff::, 1fff:ffff::1, not given out",
    "2001::, 2001:0:ffff:ffff:ffff:ffff:ffff:ffff, 4380",
    "2001:2::, 2001:2:0:ffff:ffff:ffff:ffff:ffff, 5180",
    "2001:1::1, 2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff, 2928",
    "2001:20::, 2001:3f:ffff::, 2928",
    "2001:db8::, 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff, 3849",
    "2002::, 2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 3056",
    "2620:4f:8000::, 2620:4f:8000:ffff:ffff:ffff:ffff:ffff, 7534",
    "3fff::, 3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff, 9637",
    "4000::, 5eff::1, not given out",
    "5f00::, 5f00:ffff::, 9602",
    "fc00::, fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 4193",
    "fe80::, febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff, link-local",
    "fec0::, feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, 3879",
    "ff00::, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff, multicast"
  })
  void refusesWhatIsSetAside(String first, String last, String reason) {
    assertThat(GlobalAddress.problem(InetAddresses.forString(first)).orElse("none"))
        .contains(reason);
    assertThat(GlobalAddress.problem(InetAddresses.forString(last)).orElse("none"))
        .contains(reason);
  }

  /** What lies next to the blocks, on either side. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "191.255.255.255",
        "192.0.1.0",
        "192.0.3.0",
        "192.31.195.255",
        "192.31.197.0",
        "192.52.192.255",
        "192.52.194.0",
        "192.88.98.255",
        "192.88.100.0",
        "192.167.255.255",
        "192.169.0.0",
        "192.175.47.255",
        "192.175.49.0",
        "198.17.255.255",
        "198.20.0.0",
        "198.51.99.255",
        "198.51.101.0",
        "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255",
        "2000::1",
        "2001:200::1",
        "2001:db7:ffff::1",
        "2001:db9::1",
        "2003::1",
        "2620:4f:7fff::1",
        "2620:4f:8001::1",
        "2a01:cb00::1",
        "3ffe:ffff::1",
        "3fff:1000::1"
      })
  void takesWhatHostsHave(String address) {
    assertThat(GlobalAddress.problem(InetAddresses.forString(address))).isEmpty();
  }

  @Test
  void refusesAMappedAddressWhateverItMaps() throws Exception {
    byte[] raw = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 8, 8, 8, 8};
    InetAddress mapped = Inet6Address.getByAddress(null, raw, -1);

    assertThat(GlobalAddress.problem(mapped).orElseThrow()).contains("mapped");
  }
}
