package io.relais.sync.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import io.relais.common.DurableFile;
import io.relais.common.ExitCode;
import io.relais.common.Printable;
import io.relais.common.StateLock;
import io.relais.common.promotion.Promotion;
import io.relais.common.promotion.PromotionFile;
import io.relais.common.promotion.ReturnRecord;
import io.relais.common.promotion.ReturnRecordFile;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.config.SyncConfig;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.engine.MirrorSettings;
import io.relais.sync.engine.TargetFileSystem;
import io.relais.sync.entry.Counts;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.pull.BackupChange;
import io.relais.sync.pull.BackupChange.What;
import io.relais.sync.pull.DecisionJournal;
import io.relais.sync.pull.ReturnChoices;
import io.relais.sync.pull.ReturnChoices.ConflictRule;
import io.relais.sync.pull.ReturnExecutor;
import io.relais.sync.pull.ReturnExecutor.ReturnOutcome;
import io.relais.sync.pull.ReturnScan;
import io.relais.sync.pull.ReturnScanResult;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.source.ExcludeRules;
import io.relais.sync.source.SourceTree;
import io.relais.sync.source.SourceWriter;
import io.relais.sync.source.UnsafeSourceException;
import io.relais.sync.status.StatusSink;
import io.relais.sync.wiring.IndexSnapshot;
import io.relais.sync.wiring.MirrorFactory;
import io.relais.sync.wiring.MirrorSettingsFactory;
import io.relais.sync.wiring.OpenSshConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sync-agent pull}: brings back to production what changed at the backup. */
@Command(
    name = "pull",
    mixinStandardHelpOptions = true,
    description =
        "List what changed at the backup since it went live, and with --apply bring it back to"
            + " production. What is replaced or deleted at production is kept first. May be"
            + " interrupted and repeated.",
    footerHeading = "%nExit codes:%n",
    footer = {
      "  0  settled: nothing is left to bring back",
      "  1  something is left to bring back, or to decide",
      "  5  some paths could not be compared or brought back"
    })
final class PullCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MOST_RECORD = 4097;
  private static final long READABLE = 256L << 20;
  private static final String ID = "[A-Za-z0-9-]{1,64}";
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final RootCommand options;
  private final PrintStream out;

  @Parameters(index = "0", paramLabel = "MIRROR", description = "The name of the mirror.")
  private String mirror = "";

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "PATH",
      description =
          "With --apply: only these paths of the mirror, and what is below them; without, all.")
  private List<String> paths = List.of();

  @Option(
      names = "--since-promotion",
      description = "Compare with what the agent left at the backup before it went live.")
  private boolean sincePromotion;

  @Option(names = "--dry-run", description = "Only list, and change nothing (the default).")
  private boolean dryRun;

  @Option(names = "--apply", description = "Bring back what is new or edited at the backup.")
  private boolean apply;

  @Option(
      names = "--deletes",
      description = "Delete at production what was deleted at the backup; it is kept first.")
  private boolean deletes;

  @Option(
      names = "--conflicts",
      paramLabel = "backup|production|both",
      description =
          "What wins where both changed: the backup's version, production's, or production's with the"
              + " backup's beside it as NAME.from-backup-DATE. Without it they are left alone.")
  private String conflicts = "";

  @Option(
      names = "--to",
      paramLabel = "DIR",
      description =
          "Put the backup's versions into a dated directory in DIR, and leave production as it is.")
  private @Nullable Path to;

  @Option(
      names = "--keep-in",
      paramLabel = "DIR",
      description =
          "Where what is replaced or deleted is kept, in a dated directory (default: returned/MIRROR"
              + " in the state directory).")
  private @Nullable Path keepIn;

  @Option(
      names = "--checksum",
      description =
          "Read back every file of the copy, and find also edits that kept both size and time.")
  private boolean checksum;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before it calls call
  private CommandSpec spec;

  private boolean problem;

  PullCommand(RootCommand options) {
    this.options = options;
    this.out = options.world().out();
  }

  @Override
  public Integer call() throws Exception {
    if (!sincePromotion) {
      throw wrong("say since when: --since-promotion");
    }
    AgentConfig config = options.load();
    ReturnChoices.ConflictRule rule = conflictRule();
    boolean change = (apply || to != null) && !dryRun;
    if (!change && (deletes || rule != ConflictRule.NONE || !paths.isEmpty() || keepIn != null)) {
      if (!dryRun) {
        throw wrong("--deletes, --conflicts, --keep-in and PATH go with --apply");
      }
    }
    var hosts = OpenSshConfig.resolver(config.ssh().config(), options.world().environment());
    try (MirrorFactory mirrorFactory =
        new MirrorFactory(
            config, options.configFile(), hosts, StatusSink.NONE, options.world().clock())) {
      for (SyncConfig sync : config.syncs()) {
        for (TargetAddress address : sync.targets()) {
          MirrorFactory.Parts parts = mirrorFactory.parts(sync, address);
          if (parts.settings().name().equals(mirror)) {
            return run(config, sync, parts, rule, change).code();
          }
        }
      }
    }
    throw wrong(
        "there is no mirror '%s'; they are: %s"
            .formatted(mirror, String.join(", ", MirrorSettingsFactory.names(config))));
  }

  private ConflictRule conflictRule() {
    return switch (conflicts) {
      case "" -> ConflictRule.NONE;
      case "backup" -> ConflictRule.BACKUP;
      case "production" -> ConflictRule.PRODUCTION;
      case "both" -> ConflictRule.BOTH;
      default -> throw wrong("'" + conflicts + "' is not one of backup, production and both");
    };
  }

  private ImmutableList<RelPath> chosen() {
    ImmutableList.Builder<RelPath> chosen = ImmutableList.builder();
    for (String path : paths) {
      String trimmed = path.replaceAll("^(\\./)+|/+$", "");
      try {
        chosen.add(RelPath.ofLatin1(new String(trimmed.getBytes(UTF_8), ISO_8859_1)));
      } catch (IllegalArgumentException e) {
        throw wrong(Printable.quoted(path) + " is not a path below the mirror's root");
      }
    }
    return chosen.build();
  }

  private ExitCode run(
      AgentConfig config,
      SyncConfig sync,
      MirrorFactory.Parts parts,
      ConflictRule rule,
      boolean change)
      throws IOException {
    MirrorSettings settings = parts.settings();
    try (IndexSnapshot index = IndexSnapshot.of(settings.directory(), options.world());
        SourceTree source =
            MirrorFactory.source(sync, index.copy(), index.index(), options.world().clock())
                .open();
        SyncTarget target = parts.link().open(() -> {})) {
      Promotion promotion = promotion(target).orElse(null);
      if (promotion == null) {
        tell(mirror + ": no promotion record is beside the copy: there is nothing to bring back");
        return ExitCode.OK;
      }
      if (index.index().get(RelPath.ROOT) == null) {
        tell(
            mirror
                + ": the agent's index is not there, so nobody knows what the copy was before; look"
                + " at both sides with: "
                + options.command()
                + " --dry-run");
        return ExitCode.PARTIAL;
      }
      TargetFileSystem.recall(target, index.index());
      Path returned = config.stateDirectory().resolve("returned").resolve(mirror);
      Path decisions = returned.resolve(promotion.id() + ".decisions");
      if (!change) {
        ReturnScanResult found =
            scan(settings, source, target, index, DecisionJournal.open(decisions), promotion);
        show(promotion, found);
        return dryRunEnd(found);
      }
      makeInState(config.stateDirectory(), returned);
      try (StateLock _ =
          StateLock.tryTake(returned)
              .orElseThrow(() -> new IOException("another pull of " + mirror + " is running"))) {
        DecisionJournal journal = DecisionJournal.open(decisions);
        ReturnScanResult found = scan(settings, source, target, index, journal, promotion);
        show(promotion, found);
        ReturnOutcome outcome =
            apply(config.stateDirectory(), sync, target, promotion, returned, journal, rule, found);
        return end(target, promotion, returned, journal, found, outcome);
      }
    } catch (UnsafeSourceException e) {
      options
          .world()
          .err()
          .println(
              "sync-agent: " + mirror + ": " + e.getMessage() + "; to change that, " + e.remedy());
      return ExitCode.HALTED;
    }
  }

  private ReturnScanResult scan(
      MirrorSettings settings,
      SourceTree source,
      SyncTarget target,
      IndexSnapshot index,
      DecisionJournal journal,
      Promotion promotion)
      throws IOException {
    return new ReturnScan(
            source,
            target,
            index.index(),
            settings.exclusion(),
            journal,
            promotion.at(),
            checksum,
            READABLE)
        .run();
  }

  /**
   * Makes a directory in the state directory, which is the service's: this may run as root, and
   * what it makes is to be the service's as well. No symlink of the service's leads root anywhere.
   */
  private static void makeInState(Path stateDirectory, Path directory) throws IOException {
    Path at = stateDirectory;
    for (Path name : stateDirectory.relativize(directory)) {
      at = at.resolve(name);
      if (Files.isDirectory(at, LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      Files.createDirectory(
          at, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      for (String number : List.of("unix:gid", "unix:uid")) {
        Object wanted = Files.getAttribute(stateDirectory, number);
        if (!wanted.equals(Files.getAttribute(at, number, LinkOption.NOFOLLOW_LINKS))) {
          Files.setAttribute(at, number, wanted, LinkOption.NOFOLLOW_LINKS);
        }
      }
    }
  }

  private static Optional<Promotion> promotion(SyncTarget target) throws IOException {
    String name = PromotionFile.fileName(target.place().directoryName());
    byte[] bytes = target.siblingFile(name, MOST_RECORD);
    if (bytes == null) {
      return Optional.empty();
    }
    Promotion promotion = PromotionFile.parse(name, bytes);
    if (!promotion.id().matches(ID)) {
      throw new IOException(name + " at the backup has no valid id; see who else writes it");
    }
    return Optional.of(promotion);
  }

  private ReturnOutcome apply(
      Path stateDirectory,
      SyncConfig sync,
      SyncTarget target,
      Promotion promotion,
      Path returned,
      DecisionJournal journal,
      ConflictRule rule,
      ReturnScanResult found)
      throws IOException {
    String date = DATE.format(promotion.at());
    Path dated = (keepIn == null ? returned : keepIn.toAbsolutePath()).resolve(date);
    Path fromProduction = dated.resolve("from-production");
    Path fromBackup = to == null ? dated.resolve("from-backup") : to.toAbsolutePath().resolve(date);
    for (Path each : List.of(fromProduction, fromBackup)) {
      if (each.startsWith(stateDirectory)) {
        makeInState(stateDirectory, each);
      } else {
        MirrorFactory.makeState(each);
      }
    }
    ExcludeRules databases = ExcludeRules.of(sync.sqlite());
    ReturnChoices choices =
        new ReturnChoices(chosen(), deletes, rule, to != null, databases::names);
    SourceWriter production = SourceWriter.open(sync.sourcePath());
    try (ReturnExecutor executor =
        ReturnExecutor.open(
            production, target, fromProduction, fromBackup, journal, choices, date)) {
      ReturnOutcome outcome = executor.run(found, this::progress);
      outcome.kept().forEach(each -> tell(mirror + ": kept only: " + describe(each)));
      outcome.problems().forEach(each -> problem(describe(each)));
      if (production.ownersRefused()) {
        problem("some owners could not be set, which only root can; run this as root");
      }
      tell(
          mirror
              + ": what was replaced or kept is in "
              + dated
              + (to == null ? "" : " and " + fromBackup));
      return outcome;
    }
  }

  private void progress(String line) {
    tell(mirror + ": " + line);
  }

  private ExitCode dryRunEnd(ReturnScanResult found) {
    if (found.changes().isEmpty()) {
      tell(mirror + ": nothing is left to bring back");
    } else {
      tell(
          "nothing was changed; to bring this back, run: %s pull %s --since-promotion --apply"
              .formatted(options.command(), mirror));
    }
    return problem
        ? ExitCode.PARTIAL
        : found.changes().isEmpty() ? ExitCode.OK : ExitCode.DIFFERENCES;
  }

  /** What is settled is noted here and beside the copy, where the watcher sees it. */
  private ExitCode end(
      SyncTarget target,
      Promotion promotion,
      Path returned,
      DecisionJournal journal,
      ReturnScanResult found,
      ReturnOutcome outcome)
      throws IOException {
    if (outcome.stays() > 0) {
      tell(
          "%s: %s deleted at the backup stay at production, and will be sent there again"
              .formatted(mirror, Counts.of(outcome.stays(), "entry")));
    }
    if (outcome.left() > 0 || !outcome.problems().isEmpty() || !found.problems().isEmpty()) {
      tell(
          "%s: not settled: %s left to decide or to bring back"
              .formatted(mirror, Counts.of(outcome.left() + outcome.problems().size(), "entry")));
      return problem ? ExitCode.PARTIAL : ExitCode.DIFFERENCES;
    }
    ReturnRecord record =
        new ReturnRecord(
            promotion.id(),
            options.world().clock().instant().truncatedTo(ChronoUnit.SECONDS),
            journal.count(What.NEW),
            journal.count(What.EDITED),
            journal.count(What.DELETED),
            journal.count(null),
            "sync-agent pull" + (to == null ? " --apply" : " --to"));
    byte[] bytes = ReturnRecordFile.toBytes(record);
    DurableFile.replace(returned.resolve("settled.json"), bytes);
    try {
      target.leaveBeside(ReturnRecordFile.fileName(target.place().directoryName()), bytes);
    } catch (TargetException e) {
      problem(
          "the return is settled, but that could not be noted beside the copy, where the watcher"
              + " looks: "
              + e.getMessage());
      return ExitCode.PARTIAL;
    }
    tell(mirror + ": settled; at the backup, go on with: failover-watcher return");
    return problem ? ExitCode.PARTIAL : ExitCode.OK;
  }

  private void show(Promotion promotion, ReturnScanResult found) {
    tell(
        "%s: the backup went live at %s: %s"
            .formatted(mirror, promotion.at(), Printable.cut(promotion.reason(), 300)));
    long conflicts = 0;
    for (BackupChange each : found.changes()) {
      out.println(options.json() ? json(each) : text(each));
      conflicts += each.conflict() ? 1 : 0;
    }
    for (ReturnScanResult.ProductionChange each : found.atProduction()) {
      out.println(
          options.json()
              ? JSON.createObjectNode()
                  .put("mirror", mirror)
                  .put("at", "production")
                  .put("change", each.what().word())
                  .put("path", each.path().toString())
                  .toString()
              : "  at production  %-8s %s".formatted(each.what().word(), each.path()));
    }
    found.skipped().forEach(each -> tell(mirror + ": skipped: " + describe(each)));
    found.problems().forEach(each -> problem(describe(each)));
    if (found.readBack() > 0) {
      tell(
          "%s: %s read back, since times could not tell"
              .formatted(mirror, Counts.of(found.readBack(), "file")));
    }
    summary(found, conflicts);
  }

  private void summary(ReturnScanResult found, long conflicts) {
    if (options.json()) {
      out.println(
          JSON.createObjectNode()
              .put("mirror", mirror)
              .put("new", count(found, What.NEW))
              .put("edited", count(found, What.EDITED))
              .put("deleted", count(found, What.DELETED))
              .put("conflicts", conflicts)
              .put("already", found.already().size())
              .put("settled", found.settled())
              .put("changed_at_production", found.atProduction().size())
              .put("read_back", found.readBack()));
      return;
    }
    out.println(
        ("%s: at the backup %,d new, %,d edited, %,d deleted, and %s; at production alone %,d changed;"
                + " %,d settled before")
            .formatted(
                mirror,
                count(found, What.NEW),
                count(found, What.EDITED),
                count(found, What.DELETED),
                Counts.of(conflicts, "conflict"),
                found.atProduction().size(),
                found.settled() + found.already().size()));
  }

  private static long count(ReturnScanResult found, What what) {
    return found.changes().stream().filter(each -> each.what() == what && !each.conflict()).count();
  }

  private static String text(BackupChange change) {
    TargetEntry there = change.backup();
    String detail =
        there == null
            ? ""
            : switch (there.kind()) {
              case FILE ->
                  "  (%,d bytes, %s)"
                      .formatted(there.size(), Instant.ofEpochSecond(there.mtimeSeconds()));
              case DIRECTORY -> "/";
              case SYMLINK -> "  (symlink)";
              case OTHER -> "";
            };
    return "  at the backup  %-8s %s%s%s"
        .formatted(
            change.what().word(),
            change.path(),
            detail,
            change.conflict()
                ? "  CONFLICT: "
                    + (change.production() == null ? "deleted" : "changed")
                    + " at production too"
                : "");
  }

  private String json(BackupChange change) {
    ObjectNode node = JSON.createObjectNode();
    node.put("mirror", mirror);
    node.put("at", "backup");
    node.put("change", change.what().word());
    node.put("conflict", change.conflict());
    node.put("path", change.path().toString());
    TargetEntry there = change.backup();
    if (there != null) {
      node.put("kind", there.kind().name().toLowerCase(Locale.ROOT));
      node.put("size", there.size());
      node.put("time", Instant.ofEpochSecond(there.mtimeSeconds()).toString());
    }
    return node.toString();
  }

  private static String describe(PathProblem each) {
    return each.describe();
  }

  /** For people: where JSON is asked for, it goes to the other stream. */
  private void tell(String line) {
    (options.json() ? options.world().err() : out).println(line);
  }

  private void problem(String line) {
    problem = true;
    options.world().err().println("sync-agent: " + mirror + ": " + line);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
