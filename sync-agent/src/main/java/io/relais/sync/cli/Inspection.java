package io.relais.sync.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.ExitCode;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.config.SyncConfig;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.engine.Comparison;
import io.relais.sync.engine.ContentCheck;
import io.relais.sync.engine.ContentCheck.Finding;
import io.relais.sync.engine.StatusBoard;
import io.relais.sync.index.IndexException;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.plan.Counted;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.Step;
import io.relais.sync.plan.Summary;
import io.relais.sync.scan.LinuxSourceTree;
import io.relais.sync.scan.SourceTree;
import io.relais.sync.scan.UnsafeSourceException;
import io.relais.sync.target.SyncTarget;
import io.relais.sync.transfer.Disk;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Compares every mirror of the configuration, once, and changes nothing. */
final class Inspection {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RootCommand options;
  private final PrintStream out;
  private ExitCode worst = ExitCode.OK;

  /** Whether nothing was found yet that speaks against the mirror that is looked at. */
  private boolean equal;

  Inspection(RootCommand options) {
    this.options = options;
    this.out = options.world().out();
  }

  /** What would be done, one line a path. */
  ExitCode dryRun() throws Exception {
    return forEach(false);
  }

  /** Whether both sides are equal; with {@code checksum} by reading every file back. */
  ExitCode verify(boolean checksum) throws Exception {
    return forEach(checksum);
  }

  private ExitCode forEach(boolean checksum) throws Exception {
    AgentConfig config = options.load();
    var hosts = OpenSshFiles.resolver(config.ssh().config(), options.world().environment());
    try (Assembly assembly =
        new Assembly(
            config, options.configFile(), hosts, StatusBoard.NONE, options.world().clock())) {
      for (SyncConfig sync : config.syncs()) {
        for (TargetAddress address : sync.targets()) {
          inspect(sync, assembly.parts(sync, address), checksum);
        }
      }
    }
    return worst;
  }

  private void inspect(SyncConfig sync, Assembly.Parts parts, boolean checksum) {
    try (IndexSnapshot index = IndexSnapshot.of(parts.settings().directory(), options.world());
        SourceTree source = LinuxSourceTree.open(sync.sourcePath(), sync.links());
        SyncTarget target = parts.link().open(() -> {})) {
      compare(parts, source, target, index.index(), checksum);
    } catch (UnsafeSourceException e) {
      raise(ExitCode.HALTED);
      tell(parts.settings().name(), e.getMessage() + "; to change that, " + e.remedy());
    } catch (FileSystemException e) {
      problem(parts.settings().name(), sync.source() + ": " + Disk.explain(e));
    } catch (IOException | IndexException e) {
      // The other mirrors may well be reached.
      raise(CommandLines.codeOf(e));
      tell(parts.settings().name(), String.valueOf(e.getMessage()));
    }
  }

  private void compare(
      Assembly.Parts parts,
      SourceTree source,
      SyncTarget target,
      MirrorIndex index,
      boolean checksum)
      throws IOException {
    String name = parts.settings().name();
    equal = true;
    Comparison.Result found = Comparison.run(parts.settings(), source, target, index);
    List<Step> differences = found.plan().differences().toList();
    for (Step step : differences) {
      out.println(options.json() ? Itemized.json(name, step) : Itemized.line(step));
      raise(ExitCode.DIFFERENCES);
    }
    found.problems().forEach(each -> problem(name, each.describe()));
    String objection = target.objection();
    if (objection != null) {
      problem(name, objection);
    }
    long[] checked = new long[1];
    if (checksum) {
      Set<RelPath> known =
          differences.stream().map(Step::path).collect(Collectors.toUnmodifiableSet());
      new ContentCheck(source, target, parts.settings().exclusion(), known)
          .run(finding -> report(name, finding, checked));
    }
    summary(name, found.plan().summary(), checksum ? checked[0] : -1);
  }

  private void report(String name, Finding finding, long[] checked) {
    checked[0]++;
    switch (finding) {
      case Finding.Same _ -> {}
      case Finding.Different(var path) -> {
        raise(ExitCode.DIFFERENCES);
        out.println(options.json() ? different(name, path) : "<fc........ " + path);
      }
      case Finding.Unknown(var _, var why) -> problem(name, why);
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

  private void tell(String name, String why) {
    options.world().err().println("sync-agent: " + name + ": " + why);
  }

  private void raise(ExitCode code) {
    equal = false;
    if (code.code() > worst.code()) {
      worst = code;
    }
  }

  private void summary(String name, Summary summary, long checked) {
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
      out.println(node);
      return;
    }
    out.println(
        name
            + ": "
            + (equal ? "in sync" : summary.isEmpty() ? "not equal" : "to do: " + summary.describe())
            + (checked < 0 ? "" : "; contents of " + Counted.of(checked, "file") + " compared"));
  }
}
