package io.relais.sync.transfer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.engine.Hooks;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Summary;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
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
    TransferProgress unseen = new TransferProgress(Summary.NOTHING, 0);
    try (SourceContent content = SourceContent.open(tree, PATH, clock, () -> false, unseen)) {
      return new String(content.readAll(), UTF_8);
    }
  }

  /** So young that its times prove nothing, and under the path something else is by then. */
  @Test
  void whatIsWrittenToAFileOnceItHasMovedAwayIsNotRead() throws IOException {
    try (LinuxSourceTree tree = LinuxSourceTree.open(root, LinkPolicy.PRESERVE)) {
      assertThat(content(meddled(tree))).isIn("second", "third");
    }
  }

  /** Moves the file away once it is open, with its directory, and rewrites what is there then. */
  private SourceTree meddled(SourceTree tree) {
    AtomicInteger opened = new AtomicInteger();
    return Hooks.around(
        SourceTree.class,
        tree,
        (method, _) -> {
          if (!method.equals("open")) {
            return;
          }
          switch (opened.getAndIncrement()) {
            case 1 -> replace();
            case 2 -> Files.writeString(file, "third");
            default -> {}
          }
        });
  }

  private void replace() throws IOException {
    Path moved = root.resolve("moved");
    Files.move(file.getParent(), moved);
    Files.writeString(moved.resolve("file"), "never there");
    Files.createDirectory(file.getParent());
    Files.writeString(file, "second");
  }
}
