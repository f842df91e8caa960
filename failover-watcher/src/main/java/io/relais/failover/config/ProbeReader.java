package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.dns.RecordType;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.IpFamily;
import io.relais.failover.probe.ProbeSpec;
import io.relais.failover.probe.ProbeSpec.Redirects;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Reads probes: {@code [[site.probe]]}, {@code [[canary]]} and {@code [[watch.probe]]}. */
final class ProbeReader {
  static final String USER_AGENT =
      "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
  static final HttpLimits LIMITS =
      new HttpLimits(
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          Duration.ofSeconds(3),
          Duration.ofSeconds(4));
  static final int DNS_PORT = 53;
  private static final long MAX_SIZE = 10L << 20;
  private static final int CERTIFICATE_DAYS = 14;
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration DNS_TIMEOUT = Duration.ofSeconds(4);

  private static final TableVariants VARIANTS =
      TableVariants.of(
          "a probe",
          "url name status contains lacks min_size max_size redirects user_agent connect_timeout"
              + " tls_timeout first_byte_timeout timeout verify_certificate certificate_days"
              + " ca_file",
          "tcp name connect_timeout",
          "dns name type server expect timeout");

  private ProbeReader() {}

  /** What a probe is for; some defaults depend on it. */
  enum Use {
    /** Asked at production's own addresses. */
    SITE,
    /** Asked wherever its host is; any answer shows that the line works. */
    CANARY,
    /** Asked wherever its host is, or at an address of its own. */
    WATCH
  }

  /**
   * A probe as it was read, maybe with mistakes: what it is checked by.
   *
   * @param subject the key that tells what is asked
   * @param givenName as the file has it
   * @param name the given one, or one made from the subject; empty if neither is usable
   * @param host the name or address that is asked, as far as the probe itself says
   * @param limit of the whole probe
   * @param isHttp whether it asks for a page
   * @param spec to be asked for after the file was found to have no mistake
   */
  record Draft(
      Setting<?> subject,
      Setting<String> givenName,
      Optional<String> name,
      Optional<String> host,
      Limit limit,
      boolean isHttp,
      Supplier<ProbeSpec> spec) {
    /** A probe that outlasts the interval would make the rounds late. */
    void requireShorterThan(Duration interval) {
      if (limit.value.compareTo(interval) >= 0) {
        limit.written.problem(
            ("'%s' (%s%s) must be shorter than watcher.interval (%s), or the rounds lose their"
                    + " rhythm; lower it, or raise the interval")
                .formatted(
                    limit.key,
                    Checks.text(limit.value),
                    limit.written.isPresent() ? "" : " by default",
                    Checks.text(interval)));
      }
    }
  }

  /** How long a whole probe may take. */
  private record Limit(String key, Setting<Duration> written, Duration value) {
    static Limit read(TomlSection table, String key, Duration byDefault) {
      Setting<Duration> written = table.duration(key);
      return new Limit(key, written, written.or(byDefault));
    }
  }

  /** The {@code probe} tables of a table, of which there has to be one. */
  static ImmutableList<TomlSection> tables(TomlSection owner) {
    ImmutableList<TomlSection> tables = owner.tables("probe");
    if (!owner.has("probe")) {
      owner.problem(
          "%s has no probe; add [[%s.probe]] with url = \"https://www.example.org/\""
              .formatted(owner.header(), CharMatcher.anyOf("[]").trimFrom(owner.header())));
    }
    return tables;
  }

  static ImmutableList<Draft> readAll(
      List<TomlSection> tables, Use use, UniqueValues names, ConfigContext context) {
    return tables.stream()
        .flatMap(table -> read(table, use, names, context).stream())
        .collect(toImmutableList());
  }

  /** Reads one; empty if it is not clear what kind it is, which has been noted. */
  static Optional<Draft> read(
      TomlSection table, Use use, UniqueValues names, ConfigContext context) {
    Optional<Draft> read =
        VARIANTS
            .choose(table)
            .map(
                kind ->
                    switch (kind) {
                      case "url" -> http(table, use, context);
                      case "tcp" -> tcp(table);
                      default -> dns(table, use);
                    });
    read.ifPresent(
        probe ->
            probe.name.ifPresent(
                name ->
                    names.add(
                        name, probe.givenName.isPresent() ? probe.givenName : probe.subject)));
    return read;
  }

  private static Draft http(TomlSection table, Use use, ConfigContext context) {
    boolean canary = use == Use.CANARY;
    Limit limit = Limit.read(table, "timeout", LIMITS.whole());
    Setting<URI> url = table.string("url").map(Converters::httpUrl);
    Setting<String> givenName = table.string("name").map(Converters::label);
    ImmutableList<Setting<Range<Integer>>> status =
        Checks.list(
            table.strings("status"), "leave it out for the default", Converters::statusCodes);
    Range<Integer> usualStatus = canary ? Range.closed(200, 399) : Range.singleton(200);
    Setting<Long> minSize = table.size("min_size");
    Setting<Long> maxSize = table.size("max_size");
    ImmutableList<Setting<String>> contains = texts(table, "contains");
    ImmutableList<Setting<String>> lacks = texts(table, "lacks");
    Redirects redirects =
        table.oneOf("redirects", Redirects.class).or(canary ? Redirects.NONE : Redirects.SAME_SITE);
    String userAgent = table.string("user_agent").map(Converters::line).or(USER_AGENT);
    HttpLimits limits =
        new HttpLimits(
            Checks.partOf(limit.value, table, "connect_timeout", LIMITS.connect()),
            Checks.partOf(limit.value, table, "tls_timeout", LIMITS.tls()),
            Checks.partOf(limit.value, table, "first_byte_timeout", LIMITS.firstByte()),
            limit.value);
    boolean verify = table.bool("verify_certificate").or(true);
    int warningDays =
        table.integer("certificate_days").map(Converters.atLeast(0)).or(CERTIFICATE_DAYS);
    Setting<Path> authorities = context.authorities(table, "ca_file");

    // What a canary answers counts for little, so it may be asked in the clear.
    url.value()
        .filter(_ -> canary)
        .ifPresent(
            to ->
                context.checkHttps(
                    url,
                    to,
                    Printable.quoted(to.toString()),
                    "a captive portal could answer in its place",
                    true));
    if (minSize.or(0L) > maxSize.or(MAX_SIZE)) {
      (minSize.isPresent() ? minSize : maxSize)
          .problem(
              "'min_size' (%d bytes) is more than 'max_size' (%d bytes); raise max_size"
                  .formatted(minSize.or(0L), maxSize.or(MAX_SIZE)));
    }
    Optional<String> name = name(givenName, url.value().map(URI::toString));
    return new Draft(
        url,
        givenName,
        name,
        url.value().map(Converters::hostOf),
        limit,
        true,
        () ->
            new ProbeSpec.Http(
                name.orElseThrow(),
                url.get(),
                status.isEmpty()
                    ? ImmutableRangeSet.of(usualStatus)
                    : ImmutableRangeSet.unionOf(Checks.all(status)),
                Checks.all(contains),
                Checks.all(lacks),
                minSize.or(0L),
                maxSize.or(MAX_SIZE),
                redirects,
                userAgent,
                limits,
                verify,
                Duration.ofDays(warningDays),
                authorities.value()));
  }

  private static Optional<String> name(Setting<String> given, Optional<String> bySubject) {
    return given.isPresent() ? given.value() : bySubject;
  }

  private static ImmutableList<Setting<String>> texts(TomlSection table, String key) {
    return table.strings(key).or(ImmutableList.of()).stream()
        .map(text -> text.map(ProbeReader::notEmpty))
        .collect(toImmutableList());
  }

  private static String notEmpty(String text) throws BadValueException {
    if (text.isEmpty()) {
      throw new BadValueException("an empty text is in every page; write some text of the page");
    }
    return text;
  }

  private static Draft tcp(TomlSection table) {
    Setting<HostAndPort> target = table.string("tcp").map(Converters::hostAndPort);
    Setting<String> givenName = table.string("name").map(Converters::label);
    Limit limit = Limit.read(table, "connect_timeout", CONNECT_TIMEOUT);
    Optional<String> name = name(givenName, target.value().map(to -> "tcp " + to));
    return new Draft(
        target,
        givenName,
        name,
        target.value().map(HostAndPort::getHost),
        limit,
        false,
        () -> new ProbeSpec.Tcp(name.orElseThrow(), target.get(), limit.value));
  }

  private static Draft dns(TomlSection table, Use use) {
    Setting<RecordType> type = table.string("type").map(Converters::recordType);
    Setting<HostAndPort> server = table.string("server").map(Converters.hostWithPort(DNS_PORT));
    // A watch may say so by 'address', and the site's probes are asked at production's.
    if (use != Use.SITE && !table.keys().contains("address")) {
      server.required("\"192.0.2.53:53\"");
    }
    Setting<String> question = table.string("dns").map(Converters::domainName);
    Setting<String> givenName = table.string("name").map(Converters::label);
    // A type that is mistaken says nothing of what can be in it.
    Optional<RecordType> known = type.isPresent() ? type.value() : Optional.of(RecordType.A);
    ImmutableList<Setting<String>> expect =
        Checks.list(
            table.strings("expect"), "leave it out for any answer", text -> expected(text, known));
    Limit limit = Limit.read(table, "timeout", DNS_TIMEOUT);
    Optional<String> name =
        name(
            givenName,
            question
                .value()
                .map(
                    of ->
                        "dns "
                            + of
                            + (type.or(RecordType.A) == RecordType.A ? "" : " " + type.get())));
    return new Draft(
        question,
        givenName,
        name,
        server.value().map(HostAndPort::getHost),
        limit,
        false,
        () ->
            new ProbeSpec.Dns(
                name.orElseThrow(),
                question.get(),
                type.or(RecordType.A),
                server.value(),
                Checks.all(expect),
                limit.value));
  }

  private static String expected(String text, Optional<RecordType> type) throws BadValueException {
    InetAddress address = Converters.ipAddress(text);
    if (type.filter(known -> known.family() != IpFamily.of(address)).isPresent()) {
      throw new BadValueException(
          Printable.quoted(text)
              + " can't be in a record of type "
              + type.get()
              + "; mend the address, or write 'type'");
    }
    return InetAddresses.toAddrString(address);
  }
}
