package io.relais.sync.pull;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import io.relais.common.StateDirectory;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.index.InMemoryIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.pull.ReturnChoices.ConflictRule;
import io.relais.sync.pull.ReturnExecutor.ReturnOutcome;
import io.relais.sync.source.ExcludeRules;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.source.SourcePath;
import io.relais.sync.source.SourceWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Production and a copy of it in real directories, and what the agent knows of them. */
final class ReturnRig {
  static final Instant PROMOTED = Instant.ofEpochSecond(1_700_000_000L);

  final Path production;
  final Path copy;
  final Path fromProduction;
  final Path fromBackup;
  final Path decisions;
  final InMemoryIndex index = new InMemoryIndex();

  ReturnRig(Path directory) throws IOException {
    production = Files.createDirectory(directory.resolve("production"));
    copy = Files.createDirectory(directory.resolve("copy"));
    fromProduction = directory.resolve("state/from-production");
    fromBackup = directory.resolve("state/from-backup");
    decisions = directory.resolve("state/decisions");
    StateDirectory.make(fromProduction);
    StateDirectory.make(fromBackup);
  }

  /** Writes a file with a time. */
  static void write(Path file, String content, long second) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(second)));
  }

  /** Makes the copy equal to production, and the index say so. */
  void mirror() throws IOException {
    try (LinuxSourceTree tree = LinuxSourceTree.open(production, LinkPolicy.PRESERVE)) {
      mirror(tree, RelPath.ROOT);
    }
  }

  private void mirror(LinuxSourceTree tree, RelPath directory) throws IOException {
    SourceEntry own = Objects.requireNonNull(tree.stat(directory));
    index.put(directory, new IndexEntry(own, own.asTarget(), null));
    for (Map.Entry<String, SourceEntry> each : new TreeMap<>(tree.list(directory)).entrySet()) {
      RelPath path = directory.child(each.getKey());
      SourceEntry entry = each.getValue();
      Path from = production.resolve(path.latin1());
      Path to = copy.resolve(path.latin1());
      Files.copy(
          from, to, LinkOption.NOFOLLOW_LINKS, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
      if (entry.kind() == EntryKind.DIRECTORY) {
        mirror(tree, path);
      } else {
        index.put(
            path,
            new IndexEntry(
                entry,
                entry.asTarget(),
                entry.kind() == EntryKind.FILE
                    ? Hashing.sha256().hashString(Files.readString(from), UTF_8)
                    : null));
      }
    }
  }

  static ReturnChoices choices(boolean deletes, ConflictRule conflicts) {
    return new ReturnChoices(ImmutableList.of(), deletes, conflicts, false, _ -> false);
  }

  ReturnScanResult scan(DirectoryTarget target, String... excluded) throws IOException {
    try (LinuxSourceTree source = LinuxSourceTree.open(production, LinkPolicy.PRESERVE)) {
      return new ReturnScan(
              source,
              target,
              index,
              ExcludeRules.of(List.of(excluded)),
              DecisionJournal.open(decisions),
              PROMOTED,
              false,
              1 << 20)
          .run();
    }
  }

  ReturnScanResult scan(String... excluded) throws IOException {
    try (DirectoryTarget target = new DirectoryTarget(copy)) {
      return scan(target, excluded);
    }
  }

  ReturnOutcome apply(DirectoryTarget target, ReturnChoices choices, ReturnScanResult found)
      throws IOException {
    try (ReturnExecutor executor =
        ReturnExecutor.open(
            SourceWriter.open(SourcePath.of(production)),
            target,
            fromProduction,
            fromBackup,
            DecisionJournal.open(decisions),
            choices,
            "20231114T221320Z")) {
      return executor.run(found, _ -> {});
    }
  }

  ReturnOutcome apply(ReturnChoices choices) throws IOException {
    try (DirectoryTarget target = new DirectoryTarget(copy)) {
      return apply(target, choices, scan(target));
    }
  }

  /** Files with their contents, and directories, by path. */
  static Map<String, String> tree(Path root) throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path each : all.filter(path -> !path.equals(root)).toList()) {
        found.put(
            root.relativize(each).toString(),
            Files.isSymbolicLink(each)
                ? "-> " + Files.readSymbolicLink(each)
                : Files.isDirectory(each) ? "/" : Files.readString(each));
      }
    }
    return found;
  }
}
