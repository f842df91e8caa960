package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.Range;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.probe.ProbeSpec;
import io.relais.failover.probe.ProbeSpec.Redirects;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A probe with {@code url}. */
record HttpProbeTable(
    Setting<URI> url,
    Setting<String> name,
    Status status,
    Body body,
    Redirects redirects,
    String userAgent,
    Setting<Duration> limit,
    HttpLimits limits,
    Certificate certificate)
    implements ProbeTable {
  static final String USER_AGENT =
      "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
  static final HttpLimits LIMITS =
      new HttpLimits(
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          Duration.ofSeconds(3),
          Duration.ofSeconds(4));
  private static final long MAX_SIZE = 10L << 20;
  private static final int CERTIFICATE_DAYS = 14;

  /**
   * Codes that are well.
   *
   * @param listed empty for the default
   */
  record Status(ImmutableList<Setting<Range<Integer>>> listed, Range<Integer> byDefault) {
    ImmutableRangeSet<Integer> union() {
      return listed.isEmpty() ? ImmutableRangeSet.of(byDefault) : StatusText.union(listed);
    }
  }

  /** What the body must be. */
  record Body(
      ImmutableList<Setting<String>> contains,
      ImmutableList<Setting<String>> lacks,
      long minSize,
      long maxSize) {}

  /** What the certificate must be. */
  record Certificate(boolean verify, Duration warning, Setting<Path> authorities) {}

  static HttpProbeTable read(TomlSection table, Use use, Reading reading) {
    boolean canary = use == Use.CANARY;
    Setting<Duration> whole = table.duration("timeout");
    return new HttpProbeTable(
        canary
            ? reading.preferablyClosedUrl(
                table, "url", "a captive portal could answer in its place")
            : table.string("url").map(UrlText::parse),
        table.string("name").map(Names::parse),
        new Status(status(table), canary ? Range.closed(200, 399) : Range.closed(200, 200)),
        body(table),
        table.oneOf("redirects", Redirects.class).or(canary ? Redirects.NONE : Redirects.SAME_SITE),
        table.string("user_agent").map(Names::line).or(USER_AGENT),
        whole,
        limits(table, whole.or(LIMITS.whole())),
        certificate(table, reading));
  }

  private static ImmutableList<Setting<Range<Integer>>> status(TomlSection table) {
    return Names.filled(table.strings("status"), "leave it out for the default").stream()
        .map(text -> text.map(StatusText::parse))
        .collect(toImmutableList());
  }

  private static Body body(TomlSection table) {
    Setting<Long> least = table.size("min_size");
    Setting<Long> most = table.size("max_size");
    if (least.or(0L) > most.or(MAX_SIZE)) {
      (least.isPresent() ? least : most)
          .problem(
              "'min_size' (%d bytes) is more than 'max_size' (%d bytes); raise max_size"
                  .formatted(least.or(0L), most.or(MAX_SIZE)));
    }
    return new Body(
        texts(table, "contains"), texts(table, "lacks"), least.or(0L), most.or(MAX_SIZE));
  }

  private static ImmutableList<Setting<String>> texts(TomlSection table, String key) {
    return table.strings(key).or(ImmutableList.of()).stream()
        .map(text -> text.map(HttpProbeTable::notEmpty))
        .collect(toImmutableList());
  }

  private static String notEmpty(String text) throws BadValueException {
    if (text.isEmpty()) {
      throw new BadValueException("an empty text is in every page; write some text of the page");
    }
    return text;
  }

  private static HttpLimits limits(TomlSection table, Duration whole) {
    return new HttpLimits(
        part(table, "connect_timeout", LIMITS.connect(), whole),
        part(table, "tls_timeout", LIMITS.tls(), whole),
        part(table, "first_byte_timeout", LIMITS.firstByte(), whole),
        whole);
  }

  private static Duration part(TomlSection table, String key, Duration byDefault, Duration whole) {
    return Limits.part(key, table.duration(key), byDefault, whole);
  }

  private static Certificate certificate(TomlSection table, Reading reading) {
    return new Certificate(
        table.bool("verify_certificate").or(true),
        Duration.ofDays(
            table.integer("certificate_days").map(Limits::notNegative).or(CERTIFICATE_DAYS)),
        reading.authorities(table, "ca_file"));
  }

  @Override
  public Setting<?> subject() {
    return url;
  }

  @Override
  public Optional<String> called() {
    return name.isPresent() ? name.value() : url.value().map(URI::toString);
  }

  @Override
  public String limitKey() {
    return "timeout";
  }

  @Override
  public Duration limitOrDefault() {
    return limits.whole();
  }

  @Override
  public Optional<String> host() {
    return url.value().map(UrlText::host);
  }

  @Override
  public ProbeSpec toSpec() {
    return new ProbeSpec.Http(
        called().orElseThrow(),
        url.get(),
        status.union(),
        Names.all(body.contains),
        Names.all(body.lacks),
        body.minSize,
        body.maxSize,
        redirects,
        userAgent,
        limits,
        certificate.verify,
        certificate.warning,
        certificate.authorities.value());
  }
}
