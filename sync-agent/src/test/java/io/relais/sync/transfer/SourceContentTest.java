package io.relais.sync.transfer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.RootStamp;
import io.relais.sync.plan.RootWay;
import io.relais.sync.plan.SourceEntry;
import io.relais.sync.plan.Summary;
import io.relais.sync.scan.LinkPolicy;
import io.relais.sync.scan.LinuxSourceTree;
import io.relais.sync.scan.SourceFile;
import io.relais.sync.scan.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read of a path is what the path had. */
final class SourceContentTest {
  private static final RelPath PATH = RelPath.ofLatin1("d/file");

  @TempDir Path root;
  private Path file;

  /** By which the file was changed a millisecond ago. */
  private InstantSource clock;

  @BeforeEach
  void makeFile() throws IOException {
    file = Files.createDirectory(root.resolve("d")).resolve("file");
    Files.writeString(file, "first");
    FileTime changed = (FileTime) Files.getAttribute(file, "unix:ctime");
    clock = InstantSource.fixed(changed.toInstant().plusMillis(1));
  }

  private String content(SourceTree tree) throws IOException {
    Progress unseen = new Progress(Summary.NOTHING, 0);
    try (SourceContent content = SourceContent.open(tree, PATH, clock, () -> false, unseen)) {
      return new String(content.readAll(), UTF_8);
    }
  }

  /** So young that its times prove nothing, and under the path something else is by then. */
  @Test
  void whatIsWrittenToAFileOnceItHasMovedAwayIsNotRead() throws IOException {
    try (LinuxSourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE)) {
      assertThat(content(new Meddled(tree))).isIn("second", "third");
    }
  }

  /** Moves the file away once it is open, with its directory, and rewrites what is there then. */
  private final class Meddled implements SourceTree {
    private final SourceTree tree;
    private int opened;

    Meddled(SourceTree tree) {
      this.tree = tree;
    }

    @Override
    public SourceFile open(RelPath path) throws IOException {
      if (opened == 2) {
        Files.writeString(file, "third");
      }
      SourceFile open = tree.open(path);
      if (opened == 0) {
        Path moved = root.resolve("moved");
        Files.move(file.getParent(), moved);
        Files.writeString(moved.resolve("file"), "never there");
        Files.createDirectory(file.getParent());
        Files.writeString(file, "second");
      }
      opened++;
      return open;
    }

    @Override
    public RootStamp identity() {
      return tree.identity();
    }

    @Override
    public RootWay way() {
      return tree.way();
    }

    @Override
    public @Nullable SourceEntry stat(RelPath path) throws IOException {
      return tree.stat(path);
    }

    @Override
    public Map<String, SourceEntry> list(RelPath directory) throws IOException {
      return tree.list(directory);
    }

    @Override
    public boolean isCurrent() {
      return tree.isCurrent();
    }

    @Override
    public void close() {}
  }
}
