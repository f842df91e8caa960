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
import java.util.function.Function;
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
   * A probe as read, with what it is checked by.
   *
   * @param subject the key that tells what is asked
   * @param host the name or address that is asked, as far as the probe itself says
   * @param limit of the whole probe
   * @param isHttp whether it asks for a page
   */
  record Draft(
      Setting<?> subject,
      Optional<String> host,
      Limit limit,
      boolean isHttp,
      Supplier<ProbeSpec> spec) {
    /** A probe that outlasts the interval would make the rounds late. */
    void requireShorterThan(Duration interval) {
      if (limit.value.compareTo(interval) >= 0) {
        limit.written.problem(
            ("'%s' (%s%s) must be shorter than watcher.interval (%s), or rounds start late; lower"
                    + " it, or raise the interval")
                .formatted(
                    limit.key,
                    Converters.text(limit.value),
                    limit.written.isPresent() ? "" : " by default",
                    Converters.text(interval)));
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

  /** The {@code probe} tables of a table, which must have at least one. */
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

  /** Reads one; empty after a mistake in which of the variants it is. */
  static Optional<Draft> read(
      TomlSection table, Use use, UniqueValues names, ConfigContext context) {
    return VARIANTS
        .choose(table)
        .map(
            variant ->
                switch (variant) {
                  case "url" -> http(table, use, names, context);
                  case "tcp" -> tcp(table, names);
                  default -> dns(table, use, names);
                });
  }

  private static Draft http(TomlSection table, Use use, UniqueValues names, ConfigContext context) {
    boolean canary = use == Use.CANARY;
    Limit limit = Limit.read(table, "timeout", LIMITS.whole());
    Setting<URI> url = table.string("url").map(Converters::httpUrl);
    Optional<String> name = name(table, url, URI::toString, names);
    ImmutableList<Setting<Range<Integer>>> status =
        Settings.list(
            table.strings("status"), "leave it out for the default", Converters::statusCodes);
    Range<Integer> usualStatus = canary ? Range.closed(200, 399) : Range.singleton(200);
    Setting<Long> minSize = table.size("min_size");
    Setting<Long> maxSize = table.size("max_size");
    ImmutableList<Setting<String>> contains = texts(table, "contains");
    ImmutableList<Setting<String>> lacks = texts(table, "lacks");
    Redirects redirects =
        table.oneOf("redirects", Redirects.class).or(canary ? Redirects.NONE : Redirects.SAME_SITE);
    String userAgent = table.string("user_agent").map(Converters::line).or(USER_AGENT);
    HttpLimits limits = limits(table, limit.value);
    boolean verify = table.bool("verify_certificate").or(true);
    int warningDays =
        table.integer("certificate_days").map(Converters.atLeast(0)).or(CERTIFICATE_DAYS);
    Setting<Path> authorities = context.authorities(table, "ca_file");

    if (canary) {
      // Its answer counts for little, so plain http is only a warning.
      context.checkHttps(url, "a captive portal could answer in its place", true);
    }
    checkSizes(minSize, maxSize);
    return new Draft(
        url,
        url.value().map(Converters::hostOf),
        limit,
        true,
        () ->
            new ProbeSpec.Http(
                name.orElseThrow(),
                url.get(),
                status.isEmpty()
                    ? ImmutableRangeSet.of(usualStatus)
                    : ImmutableRangeSet.unionOf(Settings.all(status)),
                Settings.all(contains),
                Settings.all(lacks),
                minSize.or(0L),
                maxSize.or(MAX_SIZE),
                redirects,
                userAgent,
                limits,
                verify,
                Duration.ofDays(warningDays),
                authorities.value()));
  }

  private static HttpLimits limits(TomlSection table, Duration whole) {
    return new HttpLimits(
        partOf(whole, table, "connect_timeout", LIMITS.connect()),
        partOf(whole, table, "tls_timeout", LIMITS.tls()),
        partOf(whole, table, "first_byte_timeout", LIMITS.firstByte()),
        whole);
  }

  private static void checkSizes(Setting<Long> minSize, Setting<Long> maxSize) {
    if (minSize.or(0L) > maxSize.or(MAX_SIZE)) {
      (minSize.isPresent() ? minSize : maxSize)
          .problem(
              "'min_size' (%d bytes) is more than 'max_size' (%d bytes); raise max_size"
                  .formatted(minSize.or(0L), maxSize.or(MAX_SIZE)));
    }
  }

  /** The given name, or one made from what is asked; empty after a mistake in it. */
  private static <T> Optional<String> name(
      TomlSection table, Setting<T> subject, Function<T, String> byDefault, UniqueValues names) {
    Setting<String> given = table.string("name").map(Converters::label);
    Optional<String> name = given.isPresent() ? given.value() : subject.value().map(byDefault);
    name.ifPresent(text -> names.add(text, given.isPresent() ? given : subject));
    return name;
  }

  /**
   * The limit of a part of the whole: a default is cut to the whole, a given one must be within it.
   */
  private static Duration partOf(
      Duration whole, TomlSection table, String key, Duration byDefault) {
    Setting<Duration> part = table.duration(key);
    if (part.value().filter(written -> written.compareTo(whole) > 0).isPresent()) {
      part.problem(
          ("'%s' (%s) is longer than 'timeout' (%s), which ends the probe first; lower it, or raise"
                  + " timeout")
              .formatted(key, Converters.text(part.get()), Converters.text(whole)));
    }
    Duration wanted = part.or(byDefault);
    return wanted.compareTo(whole) > 0 ? whole : wanted;
  }

  private static ImmutableList<Setting<String>> texts(TomlSection table, String key) {
    return table.strings(key).or(ImmutableList.of()).stream()
        .map(text -> text.map(ProbeReader::notEmpty))
        .collect(toImmutableList());
  }

  private static String notEmpty(String text) throws BadValueException {
    if (text.isEmpty()) {
      throw new BadValueException(
          "an empty text is in every page; write some text that the page contains");
    }
    return text;
  }

  private static Draft tcp(TomlSection table, UniqueValues names) {
    Setting<HostAndPort> target = table.string("tcp").map(Converters::hostAndPort);
    Optional<String> name = name(table, target, to -> "tcp " + to, names);
    Limit limit = Limit.read(table, "connect_timeout", CONNECT_TIMEOUT);
    return new Draft(
        target,
        target.value().map(HostAndPort::getHost),
        limit,
        false,
        () -> new ProbeSpec.Tcp(name.orElseThrow(), target.get(), limit.value));
  }

  private static Draft dns(TomlSection table, Use use, UniqueValues names) {
    Setting<RecordType> type = table.string("type").map(Converters::recordType);
    Setting<HostAndPort> server = table.string("server").map(Converters.hostWithPort(DNS_PORT));
    // A watch may name it by 'address'; the site's probes are asked at production's addresses.
    if (use != Use.SITE && !table.keys().contains("address")) {
      server.required("\"192.0.2.53:53\"");
    }
    Setting<String> question = table.string("dns").map(Converters::domainName);
    Optional<String> name =
        name(
            table,
            question,
            of ->
                type.or(RecordType.A) == RecordType.A
                    ? "dns " + of
                    : "dns " + of + " " + type.get(),
            names);
    // A mistaken type does not tell which addresses are possible.
    Optional<RecordType> known = type.isPresent() ? type.value() : Optional.of(RecordType.A);
    ImmutableList<Setting<String>> expect =
        Settings.list(
            table.strings("expect"), "leave it out for any answer", text -> expected(text, known));
    Limit limit = Limit.read(table, "timeout", DNS_TIMEOUT);
    return new Draft(
        question,
        server.value().map(HostAndPort::getHost),
        limit,
        false,
        () ->
            new ProbeSpec.Dns(
                name.orElseThrow(),
                question.get(),
                type.or(RecordType.A),
                server.value(),
                Settings.all(expect),
                limit.value));
  }

  private static String expected(String text, Optional<RecordType> type) throws BadValueException {
    InetAddress address = Converters.ipAddress(text);
    if (type.filter(known -> known.family() != IpFamily.of(address)).isPresent()) {
      throw new BadValueException(
          Printable.quoted(text)
              + " cannot be in a record of type "
              + type.get()
              + "; fix the address, or write 'type'");
    }
    return InetAddresses.toAddrString(address);
  }
}
