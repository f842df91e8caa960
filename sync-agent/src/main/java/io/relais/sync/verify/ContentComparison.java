package io.relais.sync.verify;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.plan.SyncRules.Exclusion;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import io.relais.sync.transfer.ErrorText;
import io.relais.sync.transfer.WorkScheduler;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads every file on both sides and compares the contents. Paths that are known to differ are left
 * out.
 */
public final class ContentComparison {
  private static final int WIDTH = 64;
  private static final int BUFFER = 64 << 10;
  private static final int TRIES = 2;

  private final SourceTree source;
  private final SyncTarget target;
  private final Exclusion exclusion;
  private final Set<RelPath> leftOut;

  public ContentComparison(
      SourceTree source, SyncTarget target, Exclusion exclusion, Set<RelPath> leftOut) {
    this.source = source;
    this.target = target;
    this.exclusion = exclusion;
    this.leftOut = leftOut;
  }

  /** What was found out about one file. */
  public sealed interface Finding {
    RelPath path();

    record Same(RelPath path) implements Finding {}

    /**
     * The contents differ.
     *
     * @param unnoticed whether size and time are equal, so that nothing else tells
     */
    record Different(RelPath path, boolean unnoticed) implements Finding {}

    /** It could not be compared; {@code why} in one line, with the path. */
    record Unknown(RelPath path, String why) implements Finding {}
  }

  private record Node(RelPath path, boolean directory) {}

  private record Seen(ImmutableList<Node> below, ImmutableList<Finding> findings) {}

  /** Compares all files, several at once; {@code findings} is called on the calling thread. */
  public void run(Consumer<Finding> findings) throws IOException {
    WorkScheduler.explore(
        () -> false,
        WIDTH,
        ImmutableList.of(new Node(RelPath.ROOT, true)),
        this::look,
        seen -> {
          seen.findings().forEach(findings);
          return seen.below();
        });
  }

  private Seen look(Node node) throws IOException {
    try {
      return node.directory()
          ? new Seen(children(node.path()), ImmutableList.of())
          : new Seen(ImmutableList.of(), ImmutableList.of(compare(node.path())));
    } catch (NoSuchFileException e) {
      return new Seen(ImmutableList.of(), ImmutableList.of());
    } catch (FileSystemException e) {
      return unknown(node.path(), node.path() + ": " + ErrorText.ofSource(e));
    } catch (TargetException e) {
      return unknown(
          node.path(), node.path() + ": " + ErrorText.ofLook(e, node.path(), target.place()));
    }
  }

  private static Seen unknown(RelPath path, String why) {
    return new Seen(ImmutableList.of(), ImmutableList.of(new Finding.Unknown(path, why)));
  }

  private ImmutableList<Node> children(RelPath directory) throws IOException {
    ImmutableList.Builder<Node> nodes = ImmutableList.builder();
    for (Map.Entry<String, SourceEntry> child : source.list(directory).entrySet()) {
      RelPath path = directory.child(child.getKey());
      boolean isDirectory = child.getValue().kind() == EntryKind.DIRECTORY;
      boolean compared = isDirectory || child.getValue().kind() == EntryKind.FILE;
      if (compared
          && !leftOut.contains(path)
          && !TemporaryNames.isTemporary(child.getKey())
          && !exclusion.excludes(path, isDirectory)) {
        nodes.add(new Node(path, isDirectory));
      }
    }
    return nodes.build();
  }

  /** What is being mirrored meanwhile differs for a moment. */
  private Finding compare(RelPath path) throws IOException {
    boolean same = isSame(path);
    for (int i = 0; i < TRIES && !same; i++) {
      same = isSame(path);
    }
    return same ? new Finding.Same(path) : new Finding.Different(path, isUnnoticed(path));
  }

  private boolean isUnnoticed(RelPath path) throws IOException {
    SourceEntry here = source.stat(path);
    TargetEntry there = target.stat(path);
    return here != null
        && there != null
        && here.kind() == there.kind()
        && here.size() == there.size()
        && target
            .capabilities()
            .disk()
            .isSameTime(here.asTarget().mtimeSeconds(), there.mtimeSeconds());
  }

  /** Reads here first: there, no more is read than a copy of this can have. */
  private boolean isSame(RelPath path) throws IOException {
    Hasher here = Hashing.sha256().newHasher();
    long size = hashHere(path, here);
    Hasher there = Hashing.sha256().newHasher();
    boolean whole = target.read(path, size, there::putBytes);
    return whole && here.hash().equals(there.hash());
  }

  /** How many bytes it has. */
  private long hashHere(RelPath path, Hasher here) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long size = 0;
    try (SourceFile file = source.open(path)) {
      for (int n = file.read(buffer, 0, BUFFER); n > 0; n = file.read(buffer, 0, BUFFER)) {
        here.putBytes(buffer, 0, n);
        size += n;
      }
    }
    return size;
  }
}
