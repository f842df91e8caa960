package io.relais.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class WriteGateTest {
  private final WriteGate gate = new WriteGate();
  private final List<String> order = new ArrayList<>();

  @Test
  void whatFollowsIsRunAtOnceWhereNobodyWrites() {
    gate.shut(() -> order.add("end"));

    assertThat(order).containsExactly("end");
    assertThat(gate.isShut()).isTrue();
    assertThat(gate.enter()).isFalse();
  }

  @Test
  void whatFollowsIsRunByTheLastThatWritesAlsoWhereItIsTheOneThatShuts() {
    assertThat(gate.enter()).isTrue();
    assertThat(gate.enter()).isTrue();
    gate.shut(() -> order.add("end"));
    gate.shut(() -> order.add("answer"));
    order.add("written");
    gate.leave();
    assertThat(order).containsExactly("written");

    gate.leave();
    assertThat(order).containsExactly("written", "end", "answer");
    gate.shut(() -> order.add("again"));
    assertThat(order).last().isEqualTo("again");
  }

  @Test
  void nothingIsWrittenAfterTheEndHoweverManyThreadsThereAre() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 2_000; i++) {
        WriteGate each = new WriteGate();
        AtomicInteger writing = new AtomicInteger();
        AtomicInteger atTheEnd = new AtomicInteger();
        AtomicInteger ends = new AtomicInteger();
        Runnable end =
            () -> {
              ends.incrementAndGet();
              atTheEnd.addAndGet(writing.get());
            };
        Runnable write =
            () -> {
              while (each.enter()) {
                writing.incrementAndGet();
                writing.decrementAndGet();
                each.leave();
              }
            };
        Future<?> first = threads.submit(write);
        Future<?> second = threads.submit(write);
        Future<?> shutting = threads.submit(() -> each.shut(end));
        each.shut(end);
        for (Future<?> one : List.of(first, second, shutting)) {
          one.get();
        }
        assertThat(ends).hasValue(2);
        assertThat(atTheEnd).hasValue(0);
      }
    }
  }
}
