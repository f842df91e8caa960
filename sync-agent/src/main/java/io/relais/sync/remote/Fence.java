package io.relais.sync.remote;

import io.relais.common.Printable;
import io.relais.common.promotion.Promotion;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Why nothing may be changed at a copy: a promotion record lies beside it, since the backup went
 * live with it.
 *
 * @param id the promotion's, or {@link #UNREADABLE}
 * @param promotion what the record says; empty if it can't be read, which counts as a promotion
 * @param why one line
 */
public record Fence(String id, Optional<Promotion> promotion, String why) {
  /** The id where the record does not say it. */
  public static final String UNREADABLE = "unreadable";

  /** What a record says. */
  public static Fence of(Promotion promotion) {
    return new Fence(
        Printable.cut(promotion.id(), Promotion.LONGEST_REASON),
        Optional.of(promotion),
        "the backup went live on %s (%s)"
            .formatted(
                promotion.at().truncatedTo(ChronoUnit.SECONDS),
                Printable.cut(promotion.reason(), Promotion.LONGEST_REASON)));
  }

  /** For a record that is there, and does not say what it should. */
  public static Fence unreadable(String why) {
    return new Fence(
        UNREADABLE,
        Optional.empty(),
        "the promotion record beside the copy can't be read, which counts as one: " + why);
  }

  /** What is the matter and what to do, in one line. */
  public String describe() {
    return why + "; nothing is changed at the copy until 'failover-watcher return' is done there";
  }
}
