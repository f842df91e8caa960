package io.relais.sync.config;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.sync.config.SyncConfig.Channels;
import io.relais.sync.config.SyncConfig.Debounce;
import io.relais.sync.config.SyncConfig.Deltas;
import io.relais.sync.config.SyncConfig.Durability;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.guard.DeleteGuard;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.source.ExcludeRules;
import io.relais.sync.source.LinkPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * One {@code [[sync]]} table as it was read: its mistakes are noted.
 *
 * @param name where it stands, for what is checked across tables; likewise {@code source} and
 *     {@code targets}
 * @param config what the table says; without meaning before {@link
 *     io.relais.common.toml.TomlDocument#finish} has found no mistake
 */
record SyncTable(
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

  static SyncTable read(TomlSection table) {
    Setting<String> name = table.string("name").required("\"site\"").map(SyncTable::name);
    Setting<Path> source =
        table.absolutePath("source").required("\"/var/www/site\"").map(SyncTable::source);
    ImmutableList<Setting<TargetAddress>> targets = targets(table);
    boolean delete = table.bool("delete").or(true);
    if (delete) {
      targets.forEach(SyncTable::checkDeletes);
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
            table.duration("checksum_scan").map(SyncTable::checksumScan).value(),
            databases(table, links),
            table.duration("poll").map(SyncTable::poll).value());
    return new SyncTable(name, source, targets, config);
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
        .flatMap(owner -> owner.map(SyncTable::account).value().stream())
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
        table.number("share").map(SyncTable::share).or(defaults.share()),
        table.integer("entries").map(SyncTable::entries).or(defaults.entries()));
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
