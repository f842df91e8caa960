package io.relais.failover.alerts;

import com.google.common.collect.ImmutableList;
import io.relais.failover.notify.Notice;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Holds notices until the memory that has them as told is on disk, so that a kill in between
 * neither loses one nor has another process tell it again as something new. For one thread.
 */
public final class NoticeOutbox implements Consumer<Notice> {
  private final List<Notice> waiting = new ArrayList<>();
  private final Consumer<Notice> out;

  /**
   * Makes one.
   *
   * @param left what an earlier process may not have delivered
   */
  public NoticeOutbox(ImmutableList<Notice> left, Consumer<Notice> out) {
    this.out = out;
    waiting.addAll(left);
  }

  @Override
  public void accept(Notice notice) {
    waiting.add(notice);
  }

  public ImmutableList<Notice> waiting() {
    return ImmutableList.copyOf(waiting);
  }

  /** Hands them on, oldest first; whether there were any. */
  public boolean deliver() {
    boolean some = !waiting.isEmpty();
    waiting.forEach(out);
    waiting.clear();
    return some;
  }
}
