package io.relais.sftp;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The time that the oldest request has been due. */
final class PendingRequestsTest {
  private final PendingRequests requests = new PendingRequests();

  private void send(int id, long second) {
    SftpPacket packet = new SftpPacket(SftpClient.LSTAT, id, 10).putString("/" + id);
    requests.add(
        id, new PendingRequests.Open(packet.summary(), SftpRequest.of(packet)), nanos(second));
  }

  private void answer(int id, long second) {
    assertThat(requests.take(id, nanos(second))).isNotNull();
  }

  private static long nanos(long second) {
    return Duration.ofSeconds(second).toNanos();
  }

  private String oldest(long second) {
    PendingRequests.Oldest oldest = requireNonNull(requests.oldest(nanos(second)));
    return oldest.summary().describe(path -> path) + " " + oldest.due().toSeconds();
  }

  @Test
  void runsFromWhenTheOldestWasSent() {
    assertThat(requests.oldest(nanos(0))).isNull();
    send(1, 10);
    send(2, 50);
    assertThat(oldest(60)).isEqualTo("look at /1 50");
  }

  @Test
  void runsAnewOnceTheOneBeforeIsAnswered() {
    send(1, 0);
    send(2, 0);
    send(3, 0);
    answer(1, 100);
    answer(2, 190);
    assertThat(oldest(200)).isEqualTo("look at /3 10");
  }

  @Test
  void goesOnWhileLaterRequestsAreAnswered() {
    send(1, 0);
    for (int id = 2; id < 100; id++) {
      send(id, id);
      answer(id, id + 1);
    }
    assertThat(oldest(100)).isEqualTo("look at /1 100");
  }

  @Test
  void isOverOnceAllAreAnswered() {
    send(1, 0);
    answer(1, 5);
    assertThat(requests.oldest(nanos(9))).isNull();
    assertThat(requests.take(1, nanos(9))).isNull();
    send(2, 100);
    assertThat(oldest(101)).isEqualTo("look at /2 1");
  }
}
