package io.relais.failover.dns;

import io.relais.failover.net.IpFamily;

/** The two types of record that a switch moves (RFC 1035, RFC 3596). */
public enum RecordType {
  A(IpFamily.V4),
  AAAA(IpFamily.V6);

  private final IpFamily family;

  RecordType(IpFamily family) {
    this.family = family;
  }

  public IpFamily family() {
    return family;
  }

  /** The type of record that holds addresses of a family. */
  public static RecordType of(IpFamily family) {
    return family == IpFamily.V4 ? A : AAAA;
  }
}
