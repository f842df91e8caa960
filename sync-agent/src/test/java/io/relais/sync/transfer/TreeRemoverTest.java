package io.relais.sync.transfer;

import static io.relais.sync.transfer.TransferFixture.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.ForwardingTarget;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TargetUnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What has a temporary name goes, with all it holds, and nothing else does. */
final class TreeRemoverTest {
  @TempDir private Path directory;

  @SuppressWarnings("NullAway.Init")
  private TransferFixture transfer;

  @BeforeEach
  void begin() throws IOException {
    transfer = new TransferFixture(directory);
    transfer.there("t/a/deep/f", "1");
    transfer.there("t/f", "2");
    transfer.there("tt", "stays");
  }

  @AfterEach
  void end() {
    transfer.close();
  }

  @Test
  void aDirectoryGoesWithAllItHolds() throws IOException {
    transfer.target.stageSymlink(path("t/l"), "../tt", 1);
    TreeRemover.remove(transfer.target, path("t"));

    assertThat(transfer.disk.snapshot()).containsOnlyKeys(path("tt"));
  }

  @Test
  void aFileGoesAsOneAndIsNotListed() throws IOException {
    TreeRemover.remove(transfer.target, path("t/f"));

    assertThat(transfer.visible()).doesNotContainKey("t/f").containsKey("t/a/deep/f");
    assertThat(transfer.calls("list", "rmdir")).isEmpty();
  }

  @Test
  void whatIsGoneAlreadyIsNoError() throws IOException {
    TreeRemover.remove(transfer.target, path("gone"));

    assertThat(transfer.target.calls()).containsExactly("stat gone");
  }

  @Test
  void directoriesThatLockTheirOwnerOutAreUnlocked() throws IOException {
    transfer.target.make(new RemoteChange.SetMode(path("t/a"), 0));
    transfer.target.make(new RemoteChange.SetMode(path("t"), 0));

    TreeRemover.remove(transfer.target, path("t"));

    assertThat(transfer.visible()).containsOnlyKeys("tt");
  }

  @Test
  void aSymlinkIsRemovedAndWhatItLeadsToStays() throws IOException {
    var link = transfer.target.stageSymlink(path("l"), "tt", 1);

    TreeRemover.remove(transfer.target, link.temporary());

    assertThat(transfer.temporaries()).isEmpty();
    assertThat(transfer.visible()).containsEntry("tt", "stays");
  }

  @Test
  void whatIsRefusedIsToldAndWhatHoldsItStays() {
    transfer.target.refuse("remove t/a/deep/f", Reason.PERMISSION_DENIED);

    assertThatExceptionOfType(TargetException.class)
        .isThrownBy(() -> TreeRemover.remove(transfer.target, path("t")))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.PERMISSION_DENIED));
    assertThat(transfer.visible()).containsKeys("t", "t/a/deep/f");
    assertThat(transfer.calls("rmdir")).isEmpty();
  }

  @Test
  void whereverTheConnectionIsLostAnotherTryRemovesTheRest() throws IOException {
    boolean lost = true;
    for (int moment = 0; lost; moment++) {
      begin();
      transfer.target.loseAfter(moment);
      try {
        TreeRemover.remove(transfer.target, path("t"));
        lost = false;
      } catch (TargetUnavailableException e) {
        TreeRemover.remove(transfer.reconnect(), path("t"));
      }
      assertThat(transfer.disk.snapshot()).containsOnlyKeys(path("tt"));
    }
  }

  /** What a server lists may have no end. */
  @Test
  void aTreeOfTooManyDirectoriesIsLeftToAPerson() throws IOException {
    Map<String, TargetEntry> endless = new HashMap<>();
    for (int i = 0; i < 200_001; i++) {
      endless.put("d" + i, transfer.entryThere("t/a"));
    }
    var hostile =
        new ForwardingTarget(transfer.target) {
          @Override
          public Map<String, TargetEntry> list(RelPath where) {
            return endless;
          }
        };
    assertThatExceptionOfType(TargetException.class)
        .isThrownBy(() -> TreeRemover.remove(hostile, path("t")))
        .withMessageContaining("too many directories");
    assertThat(transfer.calls("rmdir", "remove")).isEmpty();
  }
}
