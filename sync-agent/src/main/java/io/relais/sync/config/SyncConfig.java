package io.relais.sync.config;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.EscapedName;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.common.toml.ValueText;
import io.relais.sync.guard.DeleteGuard;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.source.ExcludeRules;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.SourcePath;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One {@code [[sync]]} table: a source and where it is mirrored to.
 *
 * @param name unique, of letters, digits, {@code -}, {@code _} and {@code .}
 * @param source absolute
 * @param sourceOwners accounts, by name or number, whose directories may be mirrored whoever leads
 *     there (see {@link SourcePath})
 * @param exclude patterns in gitignore syntax, in order
 * @param deleteGuard the most that one plan may delete without being confirmed
 * @param consistent whether changes are applied as one step, as certificates need
 * @param rateLimit the most that is sent to each target; empty: as much as the link carries
 * @param reserve what large files leave free at each target
 * @param drift what is done about what somebody else has changed at a target
 * @param channels how many SFTP channels of one connection are used at once
 * @param checksumScan within which time all of each copy is read back; empty for never
 * @param sqlite patterns in gitignore syntax, in order: the files that they name are SQLite
 *     databases, and are mirrored as snapshots
 * @param poll how often the source is looked at without a hint; empty: only where its file system
 *     does not tell of every change
 */
public record SyncConfig(
    String name,
    Path source,
    ImmutableSet<String> sourceOwners,
    ImmutableList<TargetAddress> targets,
    boolean delete,
    ImmutableList<String> exclude,
    LinkPolicy links,
    Debounce debounce,
    DeleteGuard deleteGuard,
    boolean consistent,
    Durability durability,
    Deltas deltas,
    Optional<DataRate> rateLimit,
    Reserve reserve,
    DriftPolicy drift,
    Channels channels,
    Optional<Duration> checksumScan,
    ImmutableList<String> sqlite,
    Optional<Duration> poll) {
  /** What one plan may delete, if the file says nothing else. */
  public static final DeleteGuard DEFAULT_DELETE_GUARD = new DeleteGuard(0.5, 100);

  /** How often a source is looked at whose file system does not tell of every change. */
  public static final Duration DEFAULT_POLL = Duration.ofSeconds(30);

  /** The shortest and the longest time between two such looks. */
  public static final Duration SHORTEST_POLL = Duration.ofSeconds(1);

  public static final Duration LONGEST_POLL = Duration.ofDays(1);

  /** The shortest and the longest time that a checksum scan may be spread over. */
  public static final Duration SHORTEST_SCAN = Duration.ofHours(1);

  public static final Duration LONGEST_SCAN = Duration.ofDays(366);

  public SyncConfig {
    checkArgument(source.isAbsolute(), "source %s is relative", source);
    checkArgument(!targets.isEmpty(), "sync %s has no target", name);
  }

  /** Where the source is, and who may lead there. */
  public SourcePath sourcePath() {
    return new SourcePath(source, sourceOwners);
  }

  /**
   * How long a changed path must be quiet before it is looked at, and how long it may wait.
   *
   * @param quiet over zero; for a consistent mirror, how long the whole source must be quiet
   * @param max at least {@code quiet}; without meaning for a consistent mirror, which waits for as
   *     long as the source is being written
   */
  public record Debounce(Duration quiet, Duration max) {
    /** For mirrors that are not consistent. */
    public static final Debounce DEFAULT =
        new Debounce(Duration.ofMillis(50), Duration.ofSeconds(2));

    /** For consistent mirrors: a renewal writes many files, some of them after a pause. */
    public static final Debounce CONSISTENT =
        new Debounce(Duration.ofMillis(500), Duration.ofSeconds(2));

    public Debounce {
      checkArgument(quiet.isPositive(), "quiet %s is not over zero", quiet);
      checkArgument(quiet.compareTo(max) <= 0, "quiet %s is longer than max %s", quiet, max);
    }
  }

  /**
   * Whether of a changed file only what changed is sent, and the rest copied at the target.
   *
   * @param minBytes smaller files are sent whole; not below 0
   * @param verify whether what was put together is read back before it is put in place
   */
  public record Deltas(long minBytes, boolean verify) {
    public static final Deltas DEFAULT = new Deltas(1 << 20, false);

    public Deltas {
      checkArgument(minBytes >= 0, "delta_min %s", minBytes);
    }
  }

  /** Whether the target's disk must confirm a file before it is put in place. */
  public enum Durability {
    FSYNC,
    NONE
  }

  /** How many SFTP channels of one SSH connection are used at once. */
  public enum Channels {
    /** Several with servers that are known to keep them apart, one with every other. */
    AUTO,
    ONE,
    SEVERAL
  }

  /**
   * Where a mirror is kept.
   *
   * @param host an alias of the OpenSSH configuration
   * @param path absolute, as the SFTP account sees it; one character a byte
   */
  public record TargetAddress(String host, String path) {
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.%+-]{0,254}");

    public TargetAddress {
      checkArgument(!host.isEmpty(), "no host");
      checkArgument(path.startsWith("/"), "path %s is relative", path);
    }

    /** Reads {@code HOST:/path}. */
    static TargetAddress parse(String text) throws BadValueException {
      if (text.contains("://")) {
        throw bad(text, "is a URL; write HOST:/path, as in \"backup:/data/site\"");
      }
      int colon = text.indexOf(':');
      if (colon < 1) {
        throw bad(text, "has no host; write HOST:/path, as in \"backup:/data/site\"");
      }
      checkHost(text, text.substring(0, colon));
      String path = text.substring(colon + 1);
      checkPath(text, path);
      String plain = path.replaceAll("/+", "/").replaceAll("(?<=.)/$", "");
      return new TargetAddress(
          text.substring(0, colon), new String(plain.getBytes(UTF_8), ISO_8859_1));
    }

    private static void checkHost(String text, String host) throws BadValueException {
      if (host.contains("@")) {
        throw bad(text, "names a user; put 'User' into the OpenSSH config and write HOST:/path");
      }
      if (!HOST.matcher(host).matches()) {
        throw bad(
            text,
            "does not name an alias of the OpenSSH config before the colon; write HOST:/path, as in"
                + " \"backup:/data/site\"");
      }
    }

    private static void checkPath(String text, String path) throws BadValueException {
      if (path.matches("[0-9]+[:/].*")) {
        throw bad(text, "names a port; put 'Port' into the OpenSSH config and write HOST:/path");
      }
      if (path.startsWith("~")) {
        throw bad(text, "has a '~', which SFTP does not expand; write the path from '/'");
      }
      if (!path.startsWith("/")) {
        throw bad(text, "has a relative path; write it from '/', as the SFTP account sees it");
      }
      if (path.indexOf('\0') >= 0) {
        throw bad(text, "contains a NUL, which no path can; leave it out");
      }
      if (Arrays.stream(path.split("/")).anyMatch(name -> name.equals(".") || name.equals(".."))) {
        throw bad(text, "contains '.' or '..'; write the path that it leads to");
      }
    }

    private static BadValueException bad(String text, String what) {
      return new BadValueException(Printable.quoted(text) + " " + what);
    }

    /** Whether the other one lies below this one, at the same host. */
    boolean holds(TargetAddress other) {
      String directory = path.endsWith("/") ? path : path + "/";
      return host.equals(other.host)
          && !path.equals(other.path)
          && other.path.startsWith(directory);
    }

    /** For logs and people; the path as text where it is UTF-8. */
    @Override
    public String toString() {
      return host + ":" + EscapedName.of(path);
    }
  }

  /**
   * A number of bytes in a second, as in {@code 10MB/s}.
   *
   * @param bytesPerSecond at least 1,000
   */
  public record DataRate(long bytesPerSecond) {
    private static final long LEAST = 1_000;
    private static final Pattern FORM =
        Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,3})?) ?([A-Za-z]{2,3})/s");
    private static final List<String> UNITS = List.of("kB", "MB", "GB", "KiB", "MiB", "GiB");

    public DataRate {
      checkArgument(bytesPerSecond >= LEAST, "%s bytes in a second", bytesPerSecond);
    }

    static DataRate parse(String text) throws BadValueException {
      Matcher form = FORM.matcher(text);
      Optional<Long> rate =
          form.matches() ? ValueText.bytes(form.group(1), form.group(2), UNITS) : Optional.empty();
      if (rate.isEmpty()) {
        throw new BadValueException(
            Printable.quoted(text)
                + " is not a valid rate; use a number and kB/s, MB/s, GB/s, KiB/s, MiB/s or GiB/s,"
                + " as in \"10MB/s\"");
      }
      if (rate.get() < LEAST) {
        throw new BadValueException(Printable.quoted(text) + " is less than 1kB/s");
      }
      return new DataRate(rate.get());
    }
  }

  /**
   * What large files leave free of a file system: a share of all of it, as in {@code 5%}, or a
   * number of bytes, as in {@code 10GB}.
   *
   * @param share from 0 to 1; 0 where bytes are given
   * @param bytes not below 0; 0 where a share is given
   */
  public record Reserve(double share, long bytes) {
    public static final Reserve DEFAULT = new Reserve(0.05, 0);

    private static final Pattern FORM =
        Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,3})?) ?(%|[A-Za-z]{1,3})");
    private static final List<String> UNITS = List.of("MB", "GB", "TB", "MiB", "GiB", "TiB");

    public Reserve {
      checkArgument(share >= 0 && share < 1, "share %s", share);
      checkArgument(bytes >= 0, "bytes %s", bytes);
      checkArgument(share == 0 || bytes == 0, "both a share and bytes");
    }

    static Reserve parse(String text) throws BadValueException {
      Matcher form = FORM.matcher(text);
      if (form.matches()) {
        BigDecimal number = new BigDecimal(form.group(1));
        if (form.group(2).equals("%") && number.compareTo(BigDecimal.valueOf(100)) < 0) {
          return new Reserve(number.movePointLeft(2).doubleValue(), 0);
        }
        if (number.longValue() < 1_000_000) {
          Optional<Long> bytes = ValueText.bytes(form.group(1), form.group(2), UNITS);
          if (bytes.isPresent()) {
            return new Reserve(0, bytes.get());
          }
        }
      }
      throw new BadValueException(
          Printable.quoted(text)
              + " is not a valid reserve; write a share of at least 0% and less than 100%, or a"
              + " number and one of "
              + String.join(", ", UNITS)
              + ", as in \"5%\" or \"10GB\"");
    }

    /** In bytes, of a file system of this size. */
    public long of(long totalBytes) {
      return share == 0 ? bytes : (long) (totalBytes * share);
    }
  }

  /**
   * One {@code [[sync]]} table as it was read: its mistakes are noted.
   *
   * @param name where it stands, for what is checked across tables; likewise {@code source} and
   *     {@code targets}
   * @param config what the table says; without meaning before {@link
   *     io.relais.common.toml.TomlDocument#finish} has found no mistake
   */
  record Table(
      Setting<String> name,
      Setting<Path> source,
      ImmutableList<Setting<TargetAddress>> targets,
      SyncConfig config) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}");

    /** What useradd(8) makes, and what directories of a domain have, as {@code DOMAIN\\user}. */
    private static final Pattern ACCOUNT = Pattern.compile("[^\\s:,/\\x00-\\x1F]{1,256}");

    private static final String EXAMPLE_TARGET = "\"backup:/data/site\"";

    // These stand in where a required value is missing or mistaken: the file is refused then.
    private static final String NO_NAME = "";
    private static final Path NO_SOURCE = Path.of("/");
    private static final TargetAddress NO_TARGET = new TargetAddress("none", "/");

    static Table read(TomlSection table) {
      Setting<String> name = table.string("name").required("\"site\"").map(Table::name);
      Setting<Path> source =
          table.absolutePath("source").required("\"/var/www/site\"").map(Table::source);
      ImmutableList<Setting<TargetAddress>> targets = targets(table);
      boolean delete = table.bool("delete").or(true);
      if (delete) {
        targets.forEach(Table::checkDeletes);
      }
      LinkPolicy links = table.oneOf("links", LinkPolicy.class).or(LinkPolicy.PRESERVE);
      boolean consistent = table.bool("consistent").or(false);
      SyncConfig config =
          new SyncConfig(
              name.or(NO_NAME),
              source.or(NO_SOURCE),
              sourceOwners(table),
              addresses(targets),
              delete,
              exclude(table),
              links,
              debounce(table.table("debounce"), consistent),
              deleteGuard(table.table("delete_guard")),
              consistent,
              table.oneOf("durability", Durability.class).or(Durability.FSYNC),
              new Deltas(
                  table.size("delta_min").or(Deltas.DEFAULT.minBytes()),
                  table.bool("verify_deltas").or(Deltas.DEFAULT.verify())),
              table.string("rate_limit").map(DataRate::parse).value(),
              table.string("reserve").map(Reserve::parse).or(Reserve.DEFAULT),
              table.oneOf("drift", DriftPolicy.class).or(DriftPolicy.REPAIR),
              table.oneOf("channels", Channels.class).or(Channels.AUTO),
              table.duration("checksum_scan").map(Table::checksumScan).value(),
              databases(table, links),
              table.duration("poll").map(Table::poll).value());
      return new Table(name, source, targets, config);
    }

    private static ImmutableList<TargetAddress> addresses(
        ImmutableList<Setting<TargetAddress>> targets) {
      ImmutableList<TargetAddress> usable = usable(targets);
      return usable.isEmpty() ? ImmutableList.of(NO_TARGET) : usable;
    }

    private static <T> ImmutableList<T> usable(ImmutableList<Setting<T>> settings) {
      return settings.stream()
          .flatMap(setting -> setting.value().stream())
          .collect(toImmutableList());
    }

    private static String name(String text) throws BadValueException {
      if (!NAME.matcher(text).matches()) {
        throw new BadValueException(
            Printable.quoted(text)
                + " is not a valid name; use 1 to 64 letters, digits, '-', '_' and '.', starting with"
                + " a letter, a digit or '_'");
      }
      return text;
    }

    private static Path source(Path path) throws BadValueException {
      if (path.getNameCount() == 0) {
        throw new BadValueException("'/' would mirror the whole machine; name a directory in it");
      }
      return path;
    }

    private static ImmutableSet<String> sourceOwners(TomlSection table) {
      return table.strings("source_owners").or(ImmutableList.of()).stream()
          .flatMap(owner -> owner.map(Table::account).value().stream())
          .collect(toImmutableSet());
    }

    private static String account(String text) throws BadValueException {
      if (!ACCOUNT.matcher(text).matches()) {
        throw new BadValueException(
            Printable.quoted(text)
                + " is not a valid account; use its name or its number, as in \"www-data\" or"
                + " \"33\"");
      }
      return text;
    }

    private static ImmutableList<Setting<TargetAddress>> targets(TomlSection table) {
      Setting<ImmutableList<Setting<String>>> several = table.strings("targets");
      if (table.holdsArray("target")) {
        table.problem("target", "'target' is a single address; write targets = [...] for several");
        return ImmutableList.of();
      }
      Setting<String> one = table.string("target");
      if (several.isPresent()) {
        if (one.isPresent()) {
          several.problem("both 'target' and 'targets'; put every address into targets = [...]");
        } else if (several.value().filter(ImmutableList::isEmpty).isPresent()) {
          several.problem("'targets' is empty; add an address, as " + EXAMPLE_TARGET);
        }
        return several.or(ImmutableList.of()).stream()
            .map(text -> text.map(TargetAddress::parse))
            .collect(toImmutableList());
      }
      return ImmutableList.of(one.required(EXAMPLE_TARGET).map(TargetAddress::parse));
    }

    private static Debounce debounce(TomlSection table, boolean consistent) {
      Debounce defaults = consistent ? Debounce.CONSISTENT : Debounce.DEFAULT;
      Setting<Duration> quiet = table.duration("quiet");
      Setting<Duration> max = table.duration("max");
      Duration quietOrDefault = quiet.or(defaults.quiet());
      Duration maxOrDefault = max.or(defaults.max());
      if (quietOrDefault.compareTo(maxOrDefault) <= 0) {
        return new Debounce(quietOrDefault, maxOrDefault);
      }
      if (!consistent) {
        (max.isPresent() ? max : quiet)
            .problem(
                "'debounce.quiet' (%d ms) is longer than 'debounce.max' (%d ms); raise max"
                    .formatted(quietOrDefault.toMillis(), maxOrDefault.toMillis()));
      }
      return new Debounce(quietOrDefault, quietOrDefault);
    }

    private static DeleteGuard deleteGuard(TomlSection table) {
      DeleteGuard defaults = SyncConfig.DEFAULT_DELETE_GUARD;
      return new DeleteGuard(
          table.number("share").map(Table::share).or(defaults.share()),
          table.integer("entries").map(Table::entries).or(defaults.entries()));
    }

    private static Duration checksumScan(Duration period) throws BadValueException {
      if (period.compareTo(SyncConfig.SHORTEST_SCAN) < 0
          || period.compareTo(SyncConfig.LONGEST_SCAN) > 0) {
        throw new BadValueException(
            "a checksum scan takes from 1h to 366d; use a duration within that, as in \"30d\"");
      }
      return period;
    }

    private static Duration poll(Duration interval) throws BadValueException {
      if (interval.compareTo(SyncConfig.SHORTEST_POLL) < 0
          || interval.compareTo(SyncConfig.LONGEST_POLL) > 0) {
        throw new BadValueException(
            "a source can be polled every 1s to 1d; use a duration within that, as in \"30s\"");
      }
      return interval;
    }

    private static double share(double share) throws BadValueException {
      if (!(share >= 0 && share <= 1)) {
        throw new BadValueException(
            share + " is not a valid fraction; use a number from 0 to 1, as in 0.5");
      }
      return share;
    }

    private static long entries(int entries) throws BadValueException {
      if (entries < 0) {
        throw new BadValueException(entries + " is below zero; use 0 or more, as in 100");
      }
      return entries;
    }

    private static ImmutableList<String> exclude(TomlSection table) {
      ImmutableList<Setting<String>> patterns = table.strings("exclude").or(ImmutableList.of());
      patterns.forEach(pattern -> checkPattern("exclude", pattern));
      return usable(patterns);
    }

    private static ImmutableList<String> databases(TomlSection table, LinkPolicy links) {
      ImmutableList<Setting<String>> patterns = table.strings("sqlite").or(ImmutableList.of());
      patterns.forEach(pattern -> checkDatabases(pattern, links));
      return usable(patterns);
    }

    private static void checkPattern(String key, Setting<String> pattern) {
      pattern
          .value()
          .flatMap(text -> ExcludeRules.problem(text).map(problem -> wrong(key, text, problem)))
          .ifPresent(pattern::problem);
    }

    private static String wrong(String key, String pattern, String problem) {
      return "'" + key + "': " + Printable.quoted(pattern) + " " + problem;
    }

    private static void checkDatabases(Setting<String> pattern, LinkPolicy links) {
      checkPattern("sqlite", pattern);
      if (pattern.value().filter(text -> text.endsWith("/")).isPresent()) {
        pattern.problem(
            wrong("sqlite", pattern.get(), "names directories; name files, as in \"data/*.db\""));
      } else if (links == LinkPolicy.FOLLOW) {
        pattern.problem(
            "'sqlite' with links = \"follow\": the other files of a database are where its"
                + " symlink leads; set links to \"preserve\" or \"skip\"");
      }
    }

    private static void checkDeletes(Setting<TargetAddress> target) {
      if (target.value().filter(address -> address.path().equals("/")).isPresent()) {
        target.problem(
            "'/' with deletes would empty the whole account of what is not in the source; name a"
                + " directory, as in \"backup:/data/site\", or set delete = false");
      }
    }

    /** What other tables call this one. */
    String called() {
      return name.value().map(text -> "'" + text + "'").orElse("the table")
          + " at line "
          + name.line();
    }
  }
}
