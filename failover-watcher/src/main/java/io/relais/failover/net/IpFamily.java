package io.relais.failover.net;

import java.net.Inet4Address;
import java.net.InetAddress;

/** The two versions of the Internet protocol. */
public enum IpFamily {
  V4,
  V6;

  /** The family of an address. */
  public static IpFamily of(InetAddress address) {
    return address instanceof Inet4Address ? V4 : V6;
  }
}
