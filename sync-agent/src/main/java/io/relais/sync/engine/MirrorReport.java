package io.relais.sync.engine;

import com.google.common.collect.ImmutableList;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.Summary;
import io.relais.sync.transfer.Progress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells people how one mirror stands: the board always, the log only when something changes for the
 * worse or the better. For the owner's thread.
 */
final class MirrorReport {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);
  private static final int MOST_LINES = 10;

  /** How often the numbers of a plan that grows are shown again. */
  private static final Duration PACE = Duration.ofMillis(500);

  private final String name;
  private final StatusBoard board;
  private final Problems problems;
  private final Mailbox mailbox;
  private final MirrorIndex index;
  private final Set<String> told = new HashSet<>();
  private final Set<RelPath> toldPaths = new HashSet<>();
  private @Nullable String toldHalt;
  private @Nullable Progress followed;
  private long lastShown;

  MirrorReport(
      String name, StatusBoard board, Problems problems, Mailbox mailbox, MirrorIndex index) {
    this.name = name;
    this.board = board;
    this.problems = problems;
    this.mailbox = mailbox;
    this.index = index;
  }

  /** There is something to do, or more than before: the board may follow it. */
  void transferring(Progress progress) {
    long now = System.nanoTime();
    if (progress == followed && now - lastShown < PACE.toNanos()) {
      return;
    }
    lastShown = now;
    if (progress != followed) {
      followed = progress;
      board.transferring(name, progress);
    }
    Summary total = progress.total();
    show(new MirrorState.CatchingUp(total.files(), total.bytes()));
  }

  void show(MirrorState state) {
    ImmutableList<String> lines =
        problems.all().values().stream()
            .map(Problems.Problem::why)
            .collect(ImmutableList.toImmutableList());
    logChanges(state);
    board.show(
        name,
        state,
        new StatusBoard.Report(lines, mailbox.degradations(), Math.max(0, index.count() - 1)));
  }

  private void logChanges(MirrorState state) {
    String halt = state instanceof MirrorState.Halted halted ? halted.halt().id() : null;
    if (halt != null && !halt.equals(toldHalt)) {
      LOG.error("{}: {}", name, state.describe());
    }
    if (halt != null || state instanceof MirrorState.InSync) {
      toldHalt = halt;
    }
    logProblems();
    mailbox.degradations().stream()
        .filter(told::add)
        .forEach(line -> LOG.warn("{}: {}", name, line));
    told.retainAll(mailbox.degradations());
  }

  /** Each path once, for as long as it fails; a full disk fails for all, so not without limit. */
  private void logProblems() {
    toldPaths.retainAll(problems.all().keySet());
    List<String> fresh =
        problems.all().entrySet().stream()
            .filter(each -> toldPaths.add(each.getKey()))
            .map(each -> each.getValue().why())
            .toList();
    fresh.stream().limit(MOST_LINES).forEach(line -> LOG.warn("{}: {}", name, line));
    if (fresh.size() > MOST_LINES) {
      LOG.warn("{}: and {} paths more", name, fresh.size() - MOST_LINES);
    }
  }
}
