package io.relais.failover.address;

import com.google.common.net.InetAddresses;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;

/** An address that the user has written down. */
record FixedSource(InetAddress address) implements AddressSource {
  @Override
  public String name() {
    return "fixed " + InetAddresses.toAddrString(address);
  }

  @Override
  public boolean supports(IpFamily family) {
    return IpFamily.of(address) == family;
  }

  @Override
  public boolean authoritative() {
    return true;
  }

  @Override
  public InetAddress find(IpFamily family) throws AddressException {
    return GlobalAddress.require(address);
  }
}
