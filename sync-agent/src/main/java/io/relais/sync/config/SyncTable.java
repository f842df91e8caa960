package io.relais.sync.config;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableList;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.sync.config.SyncConfig.Channels;
import io.relais.sync.config.SyncConfig.Debounce;
import io.relais.sync.config.SyncConfig.DeleteGuard;
import io.relais.sync.config.SyncConfig.Deltas;
import io.relais.sync.config.SyncConfig.Durability;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.scan.ExcludeRules;
import io.relais.sync.scan.LinkPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * One {@code [[sync]]} table as it was read: its mistakes are noted, its values not yet all there.
 */
record SyncTable(
    Setting<String> name,
    Setting<Path> source,
    ImmutableList<Setting<String>> sourceOwners,
    ImmutableList<Setting<TargetAddress>> targets,
    boolean delete,
    ImmutableList<Setting<String>> exclude,
    LinkPolicy links,
    Debounce debounce,
    DeleteGuard deleteGuard,
    boolean consistent,
    Durability durability,
    Deltas deltas,
    Setting<DataRate> rateLimit,
    Reserve reserve,
    DriftPolicy drift,
    Channels channels,
    Setting<Duration> checksumScan,
    ImmutableList<Setting<String>> sqlite,
    Setting<Duration> poll) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}");

  /** What useradd(8) makes, and what directories of a domain have, as {@code DOMAIN\\user}. */
  private static final Pattern ACCOUNT = Pattern.compile("[^\\s:,/\\x00-\\x1F]{1,256}");

  private static final String EXAMPLE_TARGET = "\"backup:/data/site\"";

  static SyncTable read(TomlSection table) {
    boolean consistent = table.bool("consistent").or(false);
    boolean delete = table.bool("delete").or(true);
    SyncTable read =
        new SyncTable(
            table.string("name").required("\"site\"").map(SyncTable::name),
            table.absolutePath("source").required("\"/var/www/site\"").map(SyncTable::source),
            sourceOwners(table),
            targets(table),
            delete,
            table.strings("exclude").or(ImmutableList.of()),
            table.oneOf("links", LinkPolicy.class).or(LinkPolicy.PRESERVE),
            debounce(table.table("debounce"), consistent),
            deleteGuard(table.table("delete_guard")),
            consistent,
            table.oneOf("durability", Durability.class).or(Durability.FSYNC),
            new Deltas(
                table.size("delta_min").or(Deltas.DEFAULT.minBytes()),
                table.bool("verify_deltas").or(Deltas.DEFAULT.verify())),
            table.string("rate_limit").map(DataRate::parse),
            table.string("reserve").map(Reserve::parse).or(Reserve.DEFAULT),
            table.oneOf("drift", DriftPolicy.class).or(DriftPolicy.REPAIR),
            table.oneOf("channels", Channels.class).or(Channels.AUTO),
            table.duration("checksum_scan").map(SyncTable::checksumScan),
            table.strings("sqlite").or(ImmutableList.of()),
            table.duration("poll").map(SyncTable::poll));
    read.exclude.forEach(pattern -> checkPattern("exclude", pattern));
    read.sqlite.forEach(pattern -> checkDatabases(pattern, read.links));
    if (delete) {
      read.targets.forEach(SyncTable::checkDeletes);
    }
    return read;
  }

  private static String name(String text) throws BadValueException {
    if (!NAME.matcher(text).matches()) {
      throw new BadValueException(
          Printable.quoted(text)
              + " is no name; write 1 to 64 letters, digits, '-', '_' and '.', beginning with a"
              + " letter, a digit or '_'");
    }
    return text;
  }

  private static Path source(Path path) throws BadValueException {
    if (path.getNameCount() == 0) {
      throw new BadValueException("'/' would mirror the whole machine; name a directory in it");
    }
    return path;
  }

  private static ImmutableList<Setting<String>> sourceOwners(TomlSection table) {
    return table.strings("source_owners").or(ImmutableList.of()).stream()
        .map(owner -> owner.map(SyncTable::account))
        .collect(toImmutableList());
  }

  private static String account(String text) throws BadValueException {
    if (!ACCOUNT.matcher(text).matches()) {
      throw new BadValueException(
          Printable.quoted(text)
              + " is no account; write its name or its number, as in \"www-data\" or \"33\"");
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
          .map(text -> text.map(TargetText::parse))
          .collect(toImmutableList());
    }
    return ImmutableList.of(one.required(EXAMPLE_TARGET).map(TargetText::parse));
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
    return new DeleteGuard(
        table.number("share").map(SyncTable::share).or(DeleteGuard.DEFAULT.share()),
        table.integer("entries").map(SyncTable::entries).or(DeleteGuard.DEFAULT.entries()));
  }

  private static Duration checksumScan(Duration period) throws BadValueException {
    if (period.compareTo(SyncConfig.SHORTEST_SCAN) < 0
        || period.compareTo(SyncConfig.LONGEST_SCAN) > 0) {
      throw new BadValueException(
          "a checksum scan takes from 1h to 366d; write a duration within that, as in \"30d\"");
    }
    return period;
  }

  private static Duration poll(Duration interval) throws BadValueException {
    if (interval.compareTo(SyncConfig.SHORTEST_POLL) < 0
        || interval.compareTo(SyncConfig.LONGEST_POLL) > 0) {
      throw new BadValueException(
          "a source is looked at every 1s to 1d; write a duration within that, as in \"30s\"");
    }
    return interval;
  }

  private static double share(double share) throws BadValueException {
    if (!(share >= 0 && share <= 1)) {
      throw new BadValueException(share + " is no share; write a number from 0 to 1, as in 0.5");
    }
    return share;
  }

  private static int entries(int entries) throws BadValueException {
    if (entries < 0) {
      throw new BadValueException(entries + " is below zero; write 0 or more, as in 100");
    }
    return entries;
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
          "'sqlite' with links = \"follow\": what belongs to a database lies where its symlink"
              + " leads; set links to \"preserve\" or \"skip\"");
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

  /** After all mistakes are out. */
  SyncConfig toConfig() {
    return new SyncConfig(
        name.get(),
        source.get(),
        sourceOwners.stream().map(Setting::get).collect(toImmutableSet()),
        targets.stream().map(Setting::get).collect(toImmutableList()),
        delete,
        exclude.stream().map(Setting::get).collect(toImmutableList()),
        links,
        debounce,
        deleteGuard,
        consistent,
        durability,
        deltas,
        rateLimit.value(),
        reserve,
        drift,
        channels,
        checksumScan.value(),
        sqlite.stream().map(Setting::get).collect(toImmutableList()),
        poll.value());
  }
}
