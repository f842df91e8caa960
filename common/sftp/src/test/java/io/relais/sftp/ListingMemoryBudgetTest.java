package io.relais.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.relais.sftp.ListingMemoryBudget.CrowdedException;
import io.relais.sftp.ListingMemoryBudget.Share;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ListingMemoryBudgetTest {
  private final ListingMemoryBudget room = new ListingMemoryBudget(100);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  private CompletableFuture<Share> begun(boolean alone) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return alone ? room.enterAlone() : room.enter();
          } catch (InterruptedIOException e) {
            throw new UncheckedIOException(e);
          }
        },
        threads);
  }

  @Test
  void refusesOneThatIsTooLargeByItself() throws Exception {
    try (Share share = room.enter()) {
      share.take(100, "list /d");
      assertThatThrownBy(() -> share.take(1, "list /d"))
          .isInstanceOf(SftpStatusException.class)
          .hasMessageContaining("list /d: ")
          .hasMessageContaining("-Xmx");
    }
  }

  @Test
  void saysThatItIsCrowdedWhereOneWouldFitAlone() throws Exception {
    try (Share one = room.enter();
        Share other = room.enter()) {
      one.take(60, "list /one");
      assertThatThrownBy(() -> other.take(50, "list /other")).isInstanceOf(CrowdedException.class);
    }
    try (Share alone = room.enterAlone()) {
      alone.take(50, "list /other");
    }
  }

  @Test
  void givesBackWhatWasTakenOnce() throws Exception {
    Share share = room.enter();
    share.take(90, "list /d");
    share.close();
    share.close();
    share.take(90, "list /d");
    try (Share next = room.enter()) {
      next.take(100, "list /next");
    }
  }

  @Test
  void letsNobodyInBesideOneThatIsAlone() throws Exception {
    Share first = room.enter();
    CompletableFuture<Share> alone = begun(true);
    assertThat(alone).isNotDone();
    first.close();
    Share lonely = alone.get(60, TimeUnit.SECONDS);
    CompletableFuture<Share> next = begun(false);
    assertThat(next).isNotDone();
    lonely.close();
    next.get(60, TimeUnit.SECONDS).close();
    await().untilAsserted(() -> room.enterAlone().close());
  }
}
