package io.relais.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.RelPath;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TemporaryNameGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the target's own directory modes forbid the account is allowed for a while, no longer. */
final class LockedDirectoriesTest {
  private static final RelPath LOCKED = RelPath.ROOT.child("locked");
  private static final RelPath THERE = RelPath.ROOT.child("there");

  @TempDir Path directory;
  private MoveRig rig;
  private Path locked;

  @BeforeEach
  void mirrorALockedDirectory() throws IOException {
    rig = new MoveRig(directory, true, false, (path, _) -> path.name().equals("kept"));
    locked = Files.createDirectory(rig.source.resolve("locked"));
    Files.writeString(locked.resolve("file"), "old");
    mode(0555);
    rig.begin("other");
  }

  @AfterEach
  void unlock() throws IOException {
    mode(0755);
  }

  private void mode(int mode) throws IOException {
    Files.setAttribute(locked, "unix:mode", mode);
  }

  private int modeAtTheTarget(RelPath path) {
    return Objects.requireNonNull(rig.disk.snapshot().get(path)).mode();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isLockedAgainAfterAChangeInIt(boolean hinted) throws IOException {
    mode(0755);
    Files.writeString(locked.resolve("new"), "new");
    Files.setLastModifiedTime(locked, FileTime.fromMillis(1_600_000_000_000L));
    mode(0555);

    Cycle.Outcome outcome = hinted ? rig.syncHinted() : rig.syncAll();

    assertThat(outcome.failed()).isZero();
    assertThat(modeAtTheTarget(LOCKED)).isEqualTo(0555);
    rig.assertEqual();
  }

  /** Somebody's own at the target that has to stay, and that the account may not list. */
  @Test
  void isLockedAgainAfterItWasListed() throws IOException {
    try (SyncTarget target = rig.disk.link(new TemporaryNameGenerator("somebody")).open(() -> {})) {
      target.make(new RemoteChange.MakeDirectory(THERE, 0700));
      target.make(new RemoteChange.MakeDirectory(THERE.child("kept"), 0700));
      target.make(new RemoteChange.SetMode(THERE, 0300));
    }

    rig.syncAll();

    assertThat(modeAtTheTarget(THERE.child("kept"))).isEqualTo(0700);
    assertThat(modeAtTheTarget(THERE)).isEqualTo(0300);
  }
}
