package io.relais.sync.transfer;

import static io.relais.sync.transfer.TransferFixture.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.relais.sync.entry.Entries;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a crash has left goes, and only that. */
final class LeftoverCleanupTest {
  @TempDir private Path directory;

  @SuppressWarnings("NullAway.Init")
  private TransferFixture transfer;

  @SuppressWarnings("NullAway.Init")
  private String old;

  @BeforeEach
  void begin() throws IOException {
    transfer = new TransferFixture(directory);
    old = transfer.names.take();
    transfer.names.renew();
    for (String known : new String[] {"", "d", "d/deep"}) {
      transfer.index.put(path(known), Entries.confirmed(Entries.directory(0755)));
    }
  }

  @AfterEach
  void end() {
    transfer.close();
  }

  private LeftoverCleanup cleanup() {
    return new LeftoverCleanup(transfer.target, transfer.names, transfer.index::get);
  }

  private void cleanAll() throws IOException {
    LeftoverCleanup cleanup = cleanup();
    while (cleanup.isToGoOn()) {
      cleanup.proceed(() -> false);
    }
  }

  @Test
  void leftoversOfAnyKindGoFromEveryDirectoryThatTheIndexKnows() throws IOException {
    transfer.there(old, "a file");
    transfer.there("d/deep/" + old + "/x/y", "in a directory");
    transfer.there("d/f", "stays");

    cleanAll();

    assertThat(transfer.temporaries()).isEmpty();
    assertThat(transfer.visible()).containsOnlyKeys("d", "d/deep", "d/f");
  }

  @Test
  void whatThisConnectionUsesWhatOthersLeftAndWhatNobodyKnowsStays() throws IOException {
    String current = "d/" + transfer.names.take();
    String foreign = "d/" + new TemporaryNameGenerator("another").take();
    String unknown = "unknown/" + old;
    transfer.there(current, "being sent");
    transfer.there(foreign, "another mirror's");
    transfer.there(unknown, "in a directory that is somebody else's");
    transfer.there("file", "f");
    transfer.index.put(path("unknown"), Entries.confirmed(Entries.file(1)));

    cleanAll();

    assertThat(transfer.temporaries())
        .containsExactlyInAnyOrder(path(current), path(foreign), path(unknown));
  }

  @Test
  void itGoesOnWhereItWasUntilAllIsLookedAt() throws IOException {
    transfer.there("d/deep/" + old, "1");
    LeftoverCleanup cleanup = cleanup();

    cleanup.proceed(() -> true);
    assertThat(transfer.calls("list")).containsExactly("list .");
    assertThat(cleanup.isToGoOn()).isTrue();
    cleanup.proceed(() -> true);
    cleanup.proceed(() -> true);
    assertThat(transfer.calls("list")).containsExactly("list .", "list d", "list d/deep");
    assertThat(cleanup.isToGoOn()).isFalse();
    assertThat(transfer.temporaries()).isEmpty();

    cleanup.proceed(() -> true);
    assertThat(transfer.calls("list")).hasSize(3);
  }

  @Test
  void whatIsRefusedIsPassedOver() throws IOException {
    transfer.there("d/" + old, "can't be removed");
    transfer.there("d/deep/" + old, "can't be listed");
    transfer.there(old, "goes");
    transfer.target.refuse("remove d/" + old, Reason.PERMISSION_DENIED);
    transfer.target.refuse("list d/deep", Reason.PERMISSION_DENIED);

    cleanAll();

    assertThat(transfer.temporaries())
        .containsExactlyInAnyOrder(path("d/" + old), path("d/deep/" + old));
  }

  @Test
  void aLostConnectionEndsIt() throws IOException {
    transfer.there("d/" + old, "1");
    AtomicBoolean asked = new AtomicBoolean();
    transfer.target.before("list d", transfer.disk::loseConnections);

    assertThatExceptionOfType(TargetUnavailableException.class)
        .isThrownBy(
            () ->
                cleanup()
                    .proceed(
                        () -> {
                          asked.set(true);
                          return false;
                        }));
    assertThat(asked).isTrue();
    assertThat(transfer.temporaries()).hasSize(1);
  }
}
