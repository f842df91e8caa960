package io.relais.failover.probe;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableRangeSet;
import com.google.common.net.HostAndPort;
import io.relais.failover.dns.RecordType;
import io.relais.failover.net.HttpLimits;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What is asked, and what counts as well answered. */
public sealed interface ProbeSpec {
  /** How people call it. */
  String name();

  /**
   * A GET.
   *
   * @param status the codes that are well, as ranges
   * @param contains texts that must all be in the body
   * @param lacks texts that must not be in the body
   * @param minSize of the body, in bytes
   * @param maxSize of the body, in bytes
   * @param certificateWarning how long before its end a certificate is told of; the probe is well
   *     all the same
   * @param authorities a PEM file of authorities to trust in addition to the system's
   */
  record Http(
      String name,
      URI url,
      ImmutableRangeSet<Integer> status,
      ImmutableList<String> contains,
      ImmutableList<String> lacks,
      long minSize,
      long maxSize,
      Redirects redirects,
      String userAgent,
      HttpLimits limits,
      boolean verifyCertificate,
      Duration certificateWarning,
      Optional<Path> authorities)
      implements ProbeSpec {
    public Http {
      checkArgument(0 <= minSize && minSize <= maxSize, "size from %s to %s", minSize, maxSize);
    }
  }

  /** Which redirects a probe follows; a redirect elsewhere is a failure (a parking page, say). */
  enum Redirects {
    /** None: a redirect is judged by its status like any reply. */
    NONE,
    /** To the same host name, over http or https. At the same pinned address. */
    SAME_SITE,
    /** To anywhere; off the site it is no longer pinned. */
    ANY
  }

  /** A TCP connection that is accepted. */
  record Tcp(String name, HostAndPort target, Duration timeout) implements ProbeSpec {}

  /**
   * A question to a name server.
   *
   * @param server who is asked; empty for the address that the probe is pinned to, port 53
   * @param expect the addresses that must be the answer; empty for any answer but an empty one
   */
  record Dns(
      String name,
      String question,
      RecordType type,
      Optional<HostAndPort> server,
      ImmutableList<String> expect,
      Duration timeout)
      implements ProbeSpec {}
}
