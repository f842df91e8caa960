package io.relais.sync.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.relais.common.EscapedName;
import io.relais.common.ExitCode;
import io.relais.common.Faults;
import io.relais.common.Printable;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.config.SyncConfig;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.entry.Counts;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.CopyQuarantine;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.source.SourceWriter;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.QuarantiningTarget;
import io.relais.sync.wiring.MirrorFactory;
import io.relais.sync.wiring.MirrorSettingsFactory;
import io.relais.sync.wiring.OpenSshConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sync-agent quarantine}: what others made at the backup, and was taken out of the copy. */
@Command(
    name = "quarantine",
    mixinStandardHelpOptions = true,
    description =
        "List or bring back what somebody made at the backup, and the agent took out of the copy"
            + " instead of deleting it.")
final class QuarantineCommand implements Callable<Integer> {
  /** More than this is no quarantine of ours, or one to look at with other means. */
  private static final int MOST_LISTED = 200_000;

  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before it calls call
  private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "say what to do: list or restore");
  }

  /** What is to be done with the quarantine of one mirror. */
  private interface Task {
    ExitCode run(SyncConfig sync, CopyQuarantine quarantine) throws IOException;
  }

  private static ExitCode with(RootCommand options, CommandSpec spec, String mirror, Task task)
      throws Exception {
    AgentConfig config = options.load();
    var hosts = OpenSshConfig.resolver(config.ssh().config(), options.world().environment());
    try (MirrorFactory mirrorFactory =
        new MirrorFactory(
            config, options.configFile(), hosts, StatusSink.NONE, options.world().clock())) {
      for (SyncConfig sync : config.syncs()) {
        for (TargetAddress address : sync.targets()) {
          MirrorFactory.Parts parts = mirrorFactory.parts(sync, address);
          if (parts.settings().name().equals(mirror)) {
            try (SyncTarget target = parts.link().open(() -> {})) {
              CopyQuarantine quarantine = target.quarantine();
              if (quarantine == null) {
                throw new IllegalStateException("a target without a quarantine");
              }
              return task.run(sync, quarantine);
            }
          }
        }
      }
    }
    throw new ParameterException(
        spec.commandLine(),
        "there is no mirror '%s'; they are: %s"
            .formatted(mirror, String.join(", ", MirrorSettingsFactory.names(config))));
  }

  /** Everything but directories, by its path in the quarantine. */
  private static Map<RelPath, TargetEntry> everything(CopyQuarantine quarantine)
      throws IOException {
    Map<RelPath, TargetEntry> found = new TreeMap<>();
    for (Map.Entry<String, TargetEntry> each : quarantine.list(RelPath.ROOT).entrySet()) {
      if (QuarantiningTarget.dateOf(each.getKey()) != null
          && each.getValue().kind() == EntryKind.DIRECTORY) {
        gather(quarantine, RelPath.ROOT.child(each.getKey()), found);
      }
    }
    return found;
  }

  private static void gather(
      CopyQuarantine quarantine, RelPath directory, Map<RelPath, TargetEntry> found)
      throws IOException {
    for (Map.Entry<String, TargetEntry> each : quarantine.list(directory).entrySet()) {
      RelPath path = directory.child(each.getKey());
      if (each.getValue().kind() == EntryKind.DIRECTORY) {
        gather(quarantine, path, found);
      } else {
        found.put(path, each.getValue());
      }
      if (found.size() > MOST_LISTED) {
        throw new IOException(
            "the quarantine holds more than %,d files; look at it at the backup"
                .formatted(MOST_LISTED));
      }
    }
  }

  private static RelPath withoutDate(RelPath path) {
    return RelPath.ofLatin1(path.latin1().substring(path.latin1().indexOf('/') + 1));
  }

  /** {@code sync-agent quarantine list}. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "List what is in the quarantine of a mirror, with when it was taken out.")
  static final class ListCommand implements Callable<Integer> {
    private final RootCommand options;

    @Parameters(index = "0", paramLabel = "MIRROR", description = "The name of the mirror.")
    private String mirror = "";

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls call
    private CommandSpec spec;

    ListCommand(RootCommand options) {
      this.options = options;
    }

    @Override
    public Integer call() throws Exception {
      PrintStream out = options.world().out();
      return with(
              options,
              spec,
              mirror,
              (_, quarantine) -> {
                Map<RelPath, TargetEntry> found = everything(quarantine);
                found.forEach((path, entry) -> out.println(line(path, entry)));
                if (!options.json()) {
                  out.println(
                      mirror + ": " + Counts.of(found.size(), "entry") + " in the quarantine");
                }
                return ExitCode.OK;
              })
          .code();
    }

    private String line(RelPath path, TargetEntry entry) {
      return options.json()
          ? JSON.createObjectNode()
              .put("mirror", mirror)
              .put("path", path.toString())
              .put("kind", entry.kind().name().toLowerCase(Locale.ROOT))
              .put("size", entry.size())
              .put("time", Instant.ofEpochSecond(entry.mtimeSeconds()).toString())
              .toString()
          : "%s  (%,d bytes, %s)"
              .formatted(path, entry.size(), Instant.ofEpochSecond(entry.mtimeSeconds()));
    }
  }

  /** {@code sync-agent quarantine restore}. */
  @Command(
      name = "restore",
      mixinStandardHelpOptions = true,
      description =
          "Bring files of the quarantine to production, from where they are mirrored like all others."
              + " Nothing is overwritten; what is in the quarantine stays until it is too old.")
  static final class RestoreCommand implements Callable<Integer> {
    private final RootCommand options;

    @Parameters(index = "0", paramLabel = "MIRROR", description = "The name of the mirror.")
    private String mirror = "";

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "PATH",
        description =
            "As listed, with the date; a directory for all that is in it, which may be a date.")
    private List<String> paths = List.of();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls call
    private CommandSpec spec;

    RestoreCommand(RootCommand options) {
      this.options = options;
    }

    @Override
    public Integer call() throws Exception {
      return with(options, spec, mirror, this::restore).code();
    }

    private ExitCode restore(SyncConfig sync, CopyQuarantine quarantine) throws IOException {
      Map<RelPath, TargetEntry> all = everything(quarantine);
      ExitCode worst = ExitCode.OK;
      try (SourceWriter production = SourceWriter.open(sync.sourcePath())) {
        for (String wanted : paths) {
          boolean any = false;
          for (Map.Entry<RelPath, TargetEntry> each : all.entrySet()) {
            if (each.getKey().startsWith(path(wanted))) {
              any = true;
              worst = restore(production, quarantine, each.getKey(), each.getValue(), worst);
            }
          }
          if (!any) {
            worst = problem(Printable.quoted(wanted) + " is not in the quarantine");
          }
        }
      }
      return worst;
    }

    private RelPath path(String text) {
      try {
        String trimmed = text.replaceAll("/+$", "");
        return RelPath.ofLatin1(new String(trimmed.getBytes(UTF_8), ISO_8859_1));
      } catch (IllegalArgumentException e) {
        throw new ParameterException(
            spec.commandLine(), Printable.quoted(text) + " is not a path of the quarantine");
      }
    }

    private ExitCode restore(
        SourceWriter production,
        CopyQuarantine quarantine,
        RelPath from,
        TargetEntry entry,
        ExitCode worst)
        throws IOException {
      RelPath to = withoutDate(from);
      if (entry.kind() != EntryKind.FILE) {
        return problem(from + ": only files are brought back; make it by hand");
      }
      SourceEntry there = production.stat(to);
      if (there != null) {
        return problem(to + ": something is at production already; it stays as it is");
      }
      try {
        for (RelPath above : to.ancestors()) {
          if (!above.isRoot() && production.stat(above) == null) {
            production.makeDirectory(above, 0755);
          }
        }
        production.write(
            to,
            null,
            entry.mode(),
            entry.mtimeSeconds(),
            sink -> {
              long[] size = new long[1];
              boolean whole =
                  quarantine.read(
                      from,
                      entry.size(),
                      (buffer, offset, length) -> {
                        size[0] += length;
                        sink.accept(buffer, offset, length);
                      });
              if (!whole || size[0] != entry.size()) {
                throw new FileSystemException(
                    from.toString(), null, "it changed while it was read");
              }
            });
      } catch (FileSystemException e) {
        return problem(Faults.withFile(e));
      }
      options.world().out().println(mirror + ": brought back: " + EscapedName.of(to.latin1()));
      return worst;
    }

    private ExitCode problem(String line) {
      options.world().err().println("sync-agent: " + mirror + ": " + line);
      return ExitCode.PARTIAL;
    }
  }
}
