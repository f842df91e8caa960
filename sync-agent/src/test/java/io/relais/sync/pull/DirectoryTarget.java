package io.relais.sync.pull;

import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.ForwardingTarget;
import io.relais.sync.remote.InMemoryTarget;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.source.SourceFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A copy in a real directory, which is only read; its connection breaks when it is told to. */
final class DirectoryTarget extends ForwardingTarget {
  private final LinuxSourceTree tree;
  private final AtomicInteger pieces = new AtomicInteger(Integer.MAX_VALUE);

  /** Run in the middle of each read. */
  Runnable whileRead = () -> {};

  DirectoryTarget(Path directory) throws IOException {
    super(InMemoryTarget.empty());
    tree = LinuxSourceTree.open(directory, LinkPolicy.PRESERVE);
  }

  /** Breaks the connection in the middle of a read after so many whole ones. */
  void breakAfter(int reads) {
    pieces.set(reads);
  }

  @Override
  public @Nullable TargetEntry stat(RelPath path) throws IOException {
    SourceEntry entry = tree.stat(path);
    return entry == null ? null : entry.asTarget();
  }

  @Override
  public Listing listing(RelPath directory) throws IOException {
    Map<String, TargetEntry> entries = new TreeMap<>();
    tree.list(directory).forEach((name, entry) -> entries.put(name, entry.asTarget()));
    return new Listing(entries, () -> {});
  }

  @Override
  public boolean read(RelPath path, long most, ContentSink sink) throws IOException {
    try (SourceFile file = tree.open(path)) {
      byte[] bytes = new byte[(int) most + 1];
      int length = 0;
      for (int n = file.read(bytes, 0, bytes.length); n > 0; ) {
        length += n;
        n = file.read(bytes, length, bytes.length - length);
      }
      int half = Math.min(length, (int) most) / 2;
      sink.accept(bytes, 0, half);
      if (pieces.getAndDecrement() == 0) {
        throw new TargetUnavailableException("the connection was lost");
      }
      whileRead.run();
      sink.accept(bytes, half, Math.min(length, (int) most) - half);
      return length <= most;
    }
  }

  @Override
  public void close() {
    tree.close();
    super.close();
  }
}
