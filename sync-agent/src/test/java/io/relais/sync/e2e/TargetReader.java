package io.relais.sync.e2e;

import com.google.common.util.concurrent.Uninterruptibles;
import io.relais.sync.path.NativeNames;
import io.relais.sync.path.TemporaryNames;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads all files of the target over and over, and looks whether the source ever had what it reads,
 * and whether a private file was ever open to others.
 */
final class TargetReader implements AutoCloseable {
  private final Path root;
  private final Contents contents;
  private final int prefix;
  private final Queue<String> findings = new ConcurrentLinkedQueue<>();
  private final Thread thread = Thread.ofPlatform().name("reader").unstarted(this::run);
  private volatile boolean over;
  private final AtomicLong filesRead = new AtomicLong();

  TargetReader(Path root, Contents contents) {
    this.root = root;
    this.contents = contents;
    this.prefix = NativeNames.latin1(root).length();
    thread.start();
  }

  /** What was wrong, one line each. */
  Queue<String> findings() {
    return findings;
  }

  long filesRead() {
    return filesRead.get();
  }

  private void run() {
    while (!over) {
      try {
        walk(root);
      } catch (IOException e) {
        findings.add("can't be read: " + e);
      }
    }
  }

  private void walk(Path directory) throws IOException {
    for (Path child : Listing.children(directory)) {
      String name = NativeNames.latin1(child).substring(prefix);
      if (name.startsWith("/" + Churn.PRIVATE + "/")) {
        checkPrivate(child, name);
      }
      if (TemporaryNames.isTemporary(name.substring(name.lastIndexOf('/') + 1))) {
        continue;
      }
      if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
        walk(child);
      } else if (Files.isRegularFile(child, LinkOption.NOFOLLOW_LINKS)) {
        read(child, name);
      }
    }
  }

  private void checkPrivate(Path file, String name) throws IOException {
    try {
      int mode = (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      if ((mode & 077) != 0) {
        findings.add(name + " has mode " + Integer.toOctalString(mode));
      }
    } catch (NoSuchFileException e) {
      // It was replaced, which is as it should be.
    }
  }

  private void read(Path file, String name) {
    try {
      byte[] content = Files.readAllBytes(file);
      filesRead.incrementAndGet();
      if (!contents.had(name, content)) {
        findings.add(name + " has " + content.length + " bytes that the source never had there");
      }
    } catch (FileSystemException e) {
      // It was replaced, by something else perhaps.
    } catch (IOException e) {
      findings.add(name + " can't be read: " + e);
    }
  }

  @Override
  public void close() {
    over = true;
    Uninterruptibles.joinUninterruptibly(thread);
  }
}
