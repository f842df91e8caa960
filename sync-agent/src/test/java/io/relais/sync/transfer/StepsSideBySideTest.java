package io.relais.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Groups of steps that are carried out side by side: {@link StepExecutor#sideBySide}. */
@Timeout(60)
final class StepsSideBySideTest {
  private final List<StepResult> results = new ArrayList<>();

  private static Step step(String path) {
    return new Step.Delete(RelPath.ofLatin1(path), EntryKind.FILE);
  }

  private static List<List<Step>> groups(int count, int each) {
    List<List<Step>> groups = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<Step> group = new ArrayList<>();
      for (int j = 0; j < each; j++) {
        group.add(step(i + "/" + j));
      }
      groups.add(group);
    }
    return groups;
  }

  @Test
  void aTaskBeginsWhenTheOneBeforeItInItsGroupHasEnded() throws IOException {
    Set<RelPath> ended = ConcurrentHashMap.newKeySet();
    List<String> early = Collections.synchronizedList(new ArrayList<>());
    StepExecutor.sideBySide(
        groups(50, 4),
        8,
        step -> {
          int number = Integer.parseInt(step.path().name());
          if (number > 0 && !ended.contains(step.path().parent().child("" + (number - 1)))) {
            early.add(step.path().toString());
          }
          ended.add(step.path());
          return StepResult.Done.of(step);
        },
        results::add);
    assertThat(early).isEmpty();
    assertThat(results).hasSize(200);
  }

  @Test
  void asManyGroupsAsAllowedAreUnderWayAtOnceAndNoMore() throws IOException {
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CyclicBarrier together = new CyclicBarrier(4);
    StepExecutor.sideBySide(
        groups(40, 1),
        4,
        step -> {
          most.accumulateAndGet(running.incrementAndGet(), Math::max);
          try {
            together.await(30, TimeUnit.SECONDS); // Only four at once come past it.
          } catch (Exception e) {
            throw new IOException(e);
          }
          running.decrementAndGet();
          return StepResult.Done.of(step);
        },
        results::add);
    assertThat(most).hasValue(4);
    assertThat(results).hasSize(40);
  }

  @Test
  void resultsComeOnTheCallingThread() throws IOException {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    StepExecutor.sideBySide(
        groups(5, 2), 3, StepResult.Done::of, _ -> threads.add(Thread.currentThread()));
    assertThat(threads).containsExactly(Thread.currentThread());
  }

  @Test
  void whatChangedOrFailedEndsItsGroupAndNoOther() throws IOException {
    StepExecutor.sideBySide(
        groups(3, 3),
        3,
        step ->
            switch (step.path().latin1()) {
              case "0/1" -> new StepResult.Changed(step, "changed");
              case "1/0" -> new StepResult.Failed(step, "failed", false);
              default -> StepResult.Done.of(step);
            },
        results::add);
    assertThat(results)
        .extracting(result -> result.step().path().latin1())
        .containsExactlyInAnyOrder("0/0", "0/1", "1/0", "2/0", "2/1", "2/2");
  }

  @Test
  void whenATaskThrowsNoOtherGroupIsBegunAndThoseUnderWayAreReported() {
    CountDownLatch thrown = new CountDownLatch(1);
    Set<String> begun = ConcurrentHashMap.newKeySet();
    assertThatIOException()
        .isThrownBy(
            () ->
                StepExecutor.sideBySide(
                    groups(100, 1),
                    2,
                    step -> {
                      begun.add(step.path().latin1());
                      if (step.path().latin1().equals("0/0")) {
                        thrown.countDown();
                        throw new IOException("the end");
                      }
                      await(thrown);
                      return StepResult.Done.of(step);
                    },
                    results::add))
        .withMessage("the end");
    assertThat(begun).contains("0/0").hasSizeLessThan(100);
    assertThat(results).hasSize(begun.size() - 1);
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void whatIsWrongWithTheProgramComesOutToo() {
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(
            () ->
                StepExecutor.sideBySide(
                    groups(1, 1),
                    1,
                    step -> {
                      throw new IllegalStateException("wrong");
                    },
                    results::add));
    assertThatExceptionOfType(StackOverflowError.class)
        .isThrownBy(
            () ->
                StepExecutor.sideBySide(
                    groups(1, 1),
                    1,
                    step -> {
                      throw new StackOverflowError();
                    },
                    results::add));
  }

  @Test
  void anInterruptedThreadWaitsForWhatIsUnderWayAndBeginsNothingElse() {
    Thread caller = Thread.currentThread();
    assertThatExceptionOfType(StoppedException.class)
        .isThrownBy(
            () ->
                StepExecutor.sideBySide(
                    groups(1, 3),
                    1,
                    step -> {
                      if (step.path().name().equals("0")) {
                        caller.interrupt();
                      }
                      return StepResult.Done.of(step);
                    },
                    results::add));
    assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
    // The interrupt is noticed before the next result is waited for: one step may begin before.
    assertThat(results).hasSizeBetween(1, 2);
  }

  @Test
  void nothingToDoIsDoneAtOnce() throws IOException {
    StepExecutor.sideBySide(List.<List<Step>>of(), 4, StepResult.Done::of, results::add);
    assertThat(results).isEmpty();
  }
}
