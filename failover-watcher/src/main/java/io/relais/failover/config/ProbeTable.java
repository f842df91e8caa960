package io.relais.failover.config;

import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.probe.ProbeSpec;
import java.time.Duration;
import java.util.Optional;

/**
 * One probe as it was read: a {@code [[site.probe]]}, {@code [[canary]]} or {@code
 * [[watch.probe]]}.
 */
sealed interface ProbeTable permits HttpProbeTable, TcpProbeTable, DnsProbeTable {
  Kinds KINDS =
      Kinds.of(
          "a probe",
          "url name status contains lacks min_size max_size redirects user_agent connect_timeout"
              + " tls_timeout first_byte_timeout timeout verify_certificate certificate_days"
              + " ca_file",
          "tcp name connect_timeout",
          "dns name type server expect timeout");

  /** What a probe is for; some defaults depend on it. */
  enum Use {
    /** Asked at production's own addresses. */
    SITE,
    /** Asked wherever its host is; any answer shows that the line works. */
    CANARY,
    /** Asked wherever its host is, or at an address of its own. */
    WATCH
  }

  /** Reads one; empty if its kind is not clear, which has been noted. */
  static Optional<ProbeTable> read(TomlSection table, Use use, Reading reading) {
    return KINDS
        .choose(table)
        .map(
            kind ->
                switch (kind) {
                  case "url" -> HttpProbeTable.read(table, use, reading);
                  case "tcp" -> TcpProbeTable.read(table);
                  default -> DnsProbeTable.read(table, use);
                });
  }

  /** The key that tells what is asked. */
  Setting<?> subject();

  Setting<String> name();

  /** The name, given or made from the subject; empty if neither is usable. */
  Optional<String> called();

  /** The key of the limit for the whole probe. */
  String limitKey();

  Setting<Duration> limit();

  Duration limitOrDefault();

  /** The host or address that is asked, as far as the probe itself says. */
  Optional<String> host();

  /** After all mistakes are out. */
  ProbeSpec toSpec();

  /** Notes a mistake if another probe of the same list has the name. */
  default void checkName(Unique names) {
    called().ifPresent(name -> names.add(name, this.name().isPresent() ? this.name() : subject()));
  }

  /** A probe that outlasts the interval would make the rounds late. */
  default void checkRhythm(Duration interval) {
    if (limitOrDefault().compareTo(interval) >= 0) {
      limit()
          .problem(
              ("'%s' (%s%s) must be shorter than watcher.interval (%s), or the rounds lose their"
                      + " rhythm; lower it, or raise the interval")
                  .formatted(
                      limitKey(),
                      Limits.text(limitOrDefault()),
                      limit().isPresent() ? "" : " by default",
                      Limits.text(interval)));
    }
  }
}
