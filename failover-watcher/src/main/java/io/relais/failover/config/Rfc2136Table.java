package io.relais.failover.config;

import com.google.common.net.HostAndPort;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.common.Suggest;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import java.time.Duration;
import java.util.Base64;
import java.util.List;

/** The {@code [dns.rfc2136]} table as it was read. */
record Rfc2136Table(
    Setting<HostAndPort> server,
    Setting<String> keyName,
    String algorithm,
    Setting<Secret> key,
    Duration timeout)
    implements DnsTable.ProviderTable {
  private static final List<String> ALGORITHMS =
      List.of("hmac-md5", "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512");
  private static final String ALGORITHM = "hmac-sha256";
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  static Rfc2136Table read(TomlSection table, Reading reading) {
    Setting<Secret> file = reading.secret(table, "key_file");
    return new Rfc2136Table(
        table
            .string("server")
            .required("\"192.0.2.53:53\"")
            .map(HostPortText.withDefault(DnsProbeTable.PORT)),
        table.string("key_name").required("\"failover\"").map(HostText::domain),
        table.string("key_algorithm").map(Rfc2136Table::algorithm).or(ALGORITHM),
        file.required("\"/etc/failover-watcher/tsig.key\"").map(Rfc2136Table::key),
        table.duration("timeout").or(TIMEOUT));
  }

  private static String algorithm(String text) throws BadValueException {
    if (ALGORITHMS.contains(text)) {
      return text;
    }
    throw new BadValueException(
        Printable.quoted(text)
            + " is none of "
            + String.join(", ", ALGORITHMS)
            + Suggest.nearest(text, ALGORITHMS)
                .map(near -> "; did you mean '" + near + "'?")
                .orElse("; write one of them"));
  }

  private static Secret key(Secret written) throws BadValueException {
    String text = written.value().strip();
    try {
      if (Base64.getDecoder().decode(text).length > 0) {
        return Secret.of(text);
      }
    } catch (IllegalArgumentException e) {
      // Its message would show part of the key.
    }
    throw new BadValueException(
        "the file holds more or other than a key in base64; write into it only what stands after"
            + " 'secret' in the name server's configuration, without quotes");
  }

  @Override
  public DnsConfig.Rfc2136 toProvider() {
    return new DnsConfig.Rfc2136(server.get(), keyName.get(), algorithm, key.get(), timeout);
  }
}
