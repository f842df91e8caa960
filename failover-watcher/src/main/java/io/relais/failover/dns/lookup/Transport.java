package io.relais.failover.dns.lookup;

/** The two ways to ask a name server (RFC 1035, section 4.2; RFC 7766: both are mandatory). */
public enum Transport {
  UDP,
  TCP
}
