package io.relais.sync.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import io.relais.common.ExitCode;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.config.SyncConfig;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.engine.Comparison;
import io.relais.sync.engine.MirrorSettings;
import io.relais.sync.entry.Counts;
import io.relais.sync.entry.LeftOut;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.index.IndexException;
import io.relais.sync.path.NativeNames;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.plan.Summary;
import io.relais.sync.remote.Fence;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.source.SourcePath;
import io.relais.sync.source.SourceTree;
import io.relais.sync.source.UnsafeSourceException;
import io.relais.sync.status.PathProblems;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.ErrorText;
import io.relais.sync.verify.ContentComparison;
import io.relais.sync.verify.ContentComparison.Finding;
import io.relais.sync.wiring.IndexSnapshot;
import io.relais.sync.wiring.MirrorFactory;
import io.relais.sync.wiring.MirrorSettingsFactory;
import io.relais.sync.wiring.OpenSshConfig;
import io.relais.sync.wiring.RepairCoordinator;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compares every mirror of the configuration, once, and has what differs repaired if wanted. */
final class CompareCommand {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RootCommand options;
  private final PrintStream out;
  private ExitCode worst = ExitCode.OK;

  /** Whether nothing was found yet that speaks against the mirror that is looked at. */
  private boolean equal;

  CompareCommand(RootCommand options) {
    this.options = options;
    this.out = options.world().out();
  }

  /** What would be done, one line a path. */
  ExitCode dryRun() throws Exception {
    return verify(false, false);
  }

  /**
   * Whether both sides are equal.
   *
   * @param checksum whether every file is read back
   * @param repair whether what differs is repaired
   */
  ExitCode verify(boolean checksum, boolean repair) throws Exception {
    AgentConfig config = options.load();
    return forEach(
        config,
        name -> true,
        (parts, source, target, index) -> {
          RepairCoordinator repairCoordinator =
              new RepairCoordinator(
                  config.stateDirectory(),
                  parts.settings(),
                  parts.names(),
                  options.world().clock());
          compare(parts, source, target, index, checksum, repair ? repairCoordinator : null);
        });
  }

  /**
   * What is on one side alone, as is meant, one line a path.
   *
   * @param mirrors the names of those to look at
   */
  ExitCode leftOut(Set<String> mirrors) throws Exception {
    return forEach(
        options.load(),
        mirrors::contains,
        (parts, source, target, index) -> leftOut(parts.settings(), source, target, index));
  }

  /** What is to be done with each mirror. */
  private interface Task {
    void run(MirrorFactory.Parts parts, SourceTree source, SyncTarget target, IndexSnapshot index)
        throws IOException;
  }

  private ExitCode forEach(AgentConfig config, Predicate<String> wanted, Task task)
      throws Exception {
    var hosts = OpenSshConfig.resolver(config.ssh().config(), options.world().environment());
    try (MirrorFactory mirrorFactory =
        new MirrorFactory(
            config, options.configFile(), hosts, StatusSink.NONE, options.world().clock())) {
      for (SyncConfig sync : config.syncs()) {
        for (TargetAddress address : sync.targets()) {
          MirrorFactory.Parts parts = mirrorFactory.parts(sync, address);
          if (wanted.test(parts.settings().name())) {
            inspect(sync, parts, task);
          }
        }
      }
    }
    return worst;
  }

  private void inspect(SyncConfig sync, MirrorFactory.Parts parts, Task task) {
    try (IndexSnapshot index = IndexSnapshot.of(parts.settings().directory(), options.world());
        SourceTree source =
            MirrorFactory.source(sync, index.copy(), index.index(), options.world().clock())
                .open();
        SyncTarget target = parts.link().open(() -> {})) {
      task.run(parts, source, target, index);
    } catch (UnsafeSourceException e) {
      raise(ExitCode.HALTED);
      tell(parts.settings().name(), e.getMessage() + "; to change that, " + e.remedy());
    } catch (NoSuchFileException | NotDirectoryException e) {
      halted(
          parts.settings().name(),
          SourcePath.singleFileAdvice(sync.source())
              .orElse("the source " + sync.source() + ": " + ErrorText.ofSource(e)));
    } catch (FileSystemException e) {
      problem(parts.settings().name(), sync.source() + ": " + ErrorText.ofSource(e));
    } catch (IOException | IndexException e) {
      // The other mirrors may well be reached.
      raise(CommandLines.codeOf(e));
      tell(parts.settings().name(), String.valueOf(e.getMessage()));
    }
  }

  private void leftOut(
      MirrorSettings settings, SourceTree source, SyncTarget target, IndexSnapshot index)
      throws IOException {
    Comparison.ComparisonResult found =
        Comparison.run(settings, source, target, index.index(), options.world().clock(), false);
    found.problems().forEach(each -> problem(settings.name(), each.describe()));
    for (LeftOut each : found.leftOut()) {
      out.println(options.json() ? leftOut(settings, each) : text(settings, each));
    }
    if (!options.json()) {
      out.println(
          found.leftOut().isEmpty()
              ? settings.name() + ": nothing is left out"
              : settings.name() + ": " + Counts.of(found.leftOut().size(), "entry") + " left out");
    }
  }

  private static String text(MirrorSettings settings, LeftOut found) {
    return "%s: %s: %s"
        .formatted(
            settings.name(),
            found.path(),
            switch (found.why()) {
              case SPECIAL -> "a %s, which is not mirrored".formatted(kind(settings, found.path()));
              case EXCLUDED -> "excluded, and stays at the target; remove it there if it is to go";
            });
  }

  private static String leftOut(MirrorSettings settings, LeftOut found) {
    ObjectNode node = JSON.createObjectNode();
    node.put("mirror", settings.name());
    node.put("action", "left-out");
    node.put("path", found.path().toString());
    node.put(
        "why",
        switch (found.why()) {
          case SPECIAL -> kind(settings, found.path());
          case EXCLUDED -> "excluded";
        });
    return node.toString();
  }

  /** By the type in the mode, as stat(2) has it. */
  private static String kind(MirrorSettings settings, RelPath path) {
    try {
      Object mode =
          Files.getAttribute(
              NativeNames.path(NativeNames.latin1(settings.source()), path),
              "unix:mode",
              LinkOption.NOFOLLOW_LINKS);
      return switch ((Integer) mode & 0170000) {
        case 0140000 -> "socket";
        case 0010000 -> "pipe";
        default -> "device";
      };
    } catch (IOException e) {
      return "device, pipe or socket"; // It is gone by now.
    }
  }

  private void compare(
      MirrorFactory.Parts parts,
      SourceTree source,
      SyncTarget target,
      IndexSnapshot index,
      boolean checksum,
      @Nullable RepairCoordinator repairCoordinator)
      throws IOException {
    String name = parts.settings().name();
    equal = true;
    Fence fence = repairCoordinator == null ? null : target.enter(SyncTarget.Session.VERIFY);
    Comparison.ComparisonResult found =
        Comparison.run(
            parts.settings(),
            source,
            target,
            index.index(),
            options.world().clock(),
            repairCoordinator != null && fence == null);
    List<Step> differences = found.plan().differences().toList();
    for (Step step : differences) {
      out.println(options.json() ? ItemizedOutput.json(name, step) : ItemizedOutput.line(step));
      raise(ExitCode.DIFFERENCES);
    }
    found.problems().forEach(each -> problem(name, each.describe()));
    PathProblems.unreadableAdvice(
            parts.settings().source(),
            found.problems().stream()
                .filter(each -> each.message().equals(ErrorText.DENIED))
                .map(PathProblem::path)
                .toList(),
            System.getProperty("user.name"))
        .ifPresent(line -> problem(name, line));
    String objection = target.objection();
    if (objection != null) {
      problem(name, objection);
    }
    found.veto().ifPresent(guardViolation -> halted(name, guardViolation.message()));
    Contents contents = new Contents(name, repairCoordinator);
    if (checksum) {
      Set<RelPath> known =
          Stream.concat(
                  differences.stream().map(Step::path),
                  found.problems().stream().map(PathProblem::path))
              .collect(Collectors.toUnmodifiableSet());
      new ContentComparison(source, target, parts.settings().exclusion(), known)
          .run(contents::report);
    }
    summary(name, found.plan().summary(), checksum ? contents : null);
    if (repairCoordinator != null && (!differences.isEmpty() || contents.differing > 0)) {
      boolean everything = !differences.isEmpty() || contents.pending > 0;
      repaired(name, repairCoordinator.run(source, target, index, everything), contents.unnoticed);
    }
  }

  /** What reading back has found. */
  private final class Contents {
    private final String name;
    private final @Nullable RepairCoordinator repairCoordinator;
    private long checked;
    private long differing;
    private long unnoticed;
    private long pending;

    Contents(String name, @Nullable RepairCoordinator repairCoordinator) {
      this.name = name;
      this.repairCoordinator = repairCoordinator;
    }

    void report(Finding finding) {
      checked++;
      switch (finding) {
        case Finding.Same _ -> {}
        case Finding.Different(var path, var isUnnoticed) -> {
          raise(ExitCode.DIFFERENCES);
          out.println(options.json() ? different(name, path) : "<fc........ " + path);
          differing++;
          if (isUnnoticed) {
            unnoticed++;
            if (repairCoordinator != null) {
              repairCoordinator.damaged(path);
            }
          } else {
            pending++;
          }
        }
        case Finding.Unknown(var _, var why) -> {
          problem(name, why);
        }
      }
    }
  }

  private void repaired(String name, RepairCoordinator.RepairReport repairReport, long files) {
    if (repairReport.exitCode() != ExitCode.OK) {
      raise(repairReport.exitCode());
    }
    repairReport.problems().forEach(each -> problem(name, each));
    String what =
        files == 0
            ? ""
            : files == 1
                ? "1 file differed in content; "
                : "%,d files differed in content; ".formatted(files);
    if (options.json()) {
      ObjectNode node = JSON.createObjectNode();
      node.put("mirror", name);
      node.put("action", "repair");
      node.put("content_differed", files);
      node.put("by", repairReport.by());
      node.put("message", repairReport.said());
      out.println(node);
    } else {
      out.println(name + ": " + what + repairReport.said());
    }
  }

  private static String different(String name, RelPath path) {
    ObjectNode node = JSON.createObjectNode();
    node.put("mirror", name);
    node.put("action", "content-differs");
    node.put("path", path.toString());
    return node.toString();
  }

  private void problem(String name, String why) {
    raise(ExitCode.PARTIAL);
    tell(name, why);
  }

  private void halted(String name, String why) {
    raise(ExitCode.HALTED);
    tell(name, "the mirror halts: " + why);
  }

  private void tell(String name, String why) {
    options.world().err().println("sync-agent: " + name + ": " + why);
  }

  private void raise(ExitCode code) {
    equal = false;
    worst = worst.worse(code);
  }

  private void summary(String name, Summary summary, @Nullable Contents contents) {
    if (options.json()) {
      ObjectNode node = JSON.createObjectNode();
      node.put("mirror", name);
      node.put("action", "summary");
      node.put("files", summary.files());
      node.put("bytes", summary.bytes());
      node.put("directories", summary.directories());
      node.put("symlinks", summary.symlinks());
      node.put("attributes", summary.attributes());
      node.put("deletes", summary.deletes());
      if (contents != null) {
        node.put("compared", contents.checked);
        node.put("content_differs", contents.differing);
      }
      out.println(node);
      return;
    }
    List<String> parts = new ArrayList<>();
    long differing = contents == null ? 0 : contents.differing;
    if (!summary.isEmpty()) {
      parts.add("to do: " + summary.describe());
    }
    if (differing > 0) {
      parts.add(
          differing == 1
              ? "1 file differs in content"
              : "%,d files differ in content".formatted(differing));
    }
    if (parts.isEmpty()) {
      parts.add(equal ? "in sync" : "no differences found, but not everything was compared");
    }
    if (contents != null) {
      parts.add("contents of " + Counts.of(contents.checked, "file") + " compared");
    }
    out.println(name + ": " + String.join("; ", parts));
  }

  /** {@code sync-agent left-out}: what is not mirrored, or stays at the target, as is meant. */
  @Command(
      name = "left-out",
      mixinStandardHelpOptions = true,
      description =
          "Compare both sides, and list what is left out: devices, pipes and sockets of the source, and"
              + " what is excluded and stays at the target. Changes nothing.")
  static final class LeftOutCommand implements Callable<Integer> {
    private final RootCommand options;

    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "MIRROR",
        description = "The mirror; without it, all.")
    private String mirror = "";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls call
    private CommandSpec spec;

    LeftOutCommand(RootCommand options) {
      this.options = options;
    }

    @Override
    public Integer call() throws Exception {
      ImmutableList<String> all = MirrorSettingsFactory.names(options.load());
      if (!mirror.isEmpty() && !all.contains(mirror)) {
        throw new ParameterException(
            spec.commandLine(),
            "there is no mirror '%s'; they are: %s".formatted(mirror, String.join(", ", all)));
      }
      Set<String> wanted = mirror.isEmpty() ? Set.copyOf(all) : Set.of(mirror);
      return new CompareCommand(options).leftOut(wanted).code();
    }
  }

  /** {@code sync-agent verify}: whether both sides are equal; what differs is repaired. */
  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description =
          "Compare every mirror with its source; exit 1 on differences. The running agent repairs what"
              + " differs; without one, this does.")
  static final class VerifyCommand implements Callable<Integer> {
    private final RootCommand options;

    @Option(names = "--checksum", description = "Read every file back and compare its content.")
    private boolean checksum;

    @Option(names = "--no-repair", description = "Only look, and change nothing.")
    private boolean noRepair;

    VerifyCommand(RootCommand options) {
      this.options = options;
    }

    @Override
    public Integer call() throws Exception {
      return new CompareCommand(options).verify(checksum, !noRepair).code();
    }
  }
}
