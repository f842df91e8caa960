package io.relais.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import com.google.common.collect.ImmutableList;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class WorkSchedulerTest {
  @Test
  void visitsEveryNodeOfATreeOnce() throws IOException {
    List<Integer> seen = new ArrayList<>();

    WorkScheduler.explore(
        () -> false,
        64,
        List.of(1),
        node -> node,
        node -> {
          seen.add(node);
          return node < 1000 ? ImmutableList.of(2 * node, 2 * node + 1) : ImmutableList.of();
        });

    assertThat(seen).hasSize(1999).doesNotHaveDuplicates();
  }

  @Test
  void endsWithTheFirstFailureAndBeginsNothingMore() {
    List<Integer> seen = new ArrayList<>();

    assertThatIOException()
        .isThrownBy(
            () ->
                WorkScheduler.explore(
                    () -> false,
                    64,
                    List.of(1),
                    node -> {
                      if (node == 5) {
                        throw new IOException("five");
                      }
                      return node;
                    },
                    node -> {
                      seen.add(node);
                      return ImmutableList.of(node + 1);
                    }))
        .withMessage("five");
    assertThat(seen).containsExactly(1, 2, 3, 4);
  }

  @Test
  void beginsMoreWhenALaneGetsWider() throws IOException {
    WorkScheduler workScheduler = new WorkScheduler(() -> false);
    CountDownLatch three = new CountDownLatch(3);
    AtomicInteger width = new AtomicInteger(1);
    List<Integer> done = new ArrayList<>();
    WorkScheduler.Lane<Integer, Integer> lane =
        workScheduler.lane(
            "lane",
            width::get,
            _ -> 1,
            () -> false,
            piece -> {
              if (piece > 0) {
                three.countDown();
                assertThat(Uninterruptibles.awaitUninterruptibly(three, Duration.ofMinutes(1)))
                    .as("three at once")
                    .isTrue();
              }
              return piece;
            },
            done::add);
    List.of(0, 1, 2, 3).forEach(lane::add);

    workScheduler.run(
        () -> {
          if (!done.isEmpty()) {
            width.set(3);
          }
        });

    assertThat(done).containsExactlyInAnyOrder(0, 1, 2, 3).startsWith(0);
  }

  @Test
  void stopsWhenToldTo() {
    assertThatExceptionOfType(StoppedException.class)
        .isThrownBy(
            () ->
                WorkScheduler.explore(
                    () -> true, 64, List.of(1), node -> node, node -> ImmutableList.of(node + 1)));
  }
}
