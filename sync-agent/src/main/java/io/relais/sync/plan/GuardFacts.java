package io.relais.sync.plan;

import com.google.common.collect.ImmutableList;
import org.jspecify.annotations.Nullable;

/**
 * What the {@link DeleteGuard} judges by.
 *
 * @param before the source's root as the index remembers it; null for a mirror's first plan
 * @param now the source's root; null where it is missing
 * @param sourceEmpty whether the source's root holds nothing that is mirrored
 * @param known how many entries, without the root, are known to be at the target
 * @param deletes how many of them the plan removes
 * @param moved directories on another device than before, with deletes below them
 */
public record GuardFacts(
    @Nullable RootStamp before,
    @Nullable RootStamp now,
    boolean sourceEmpty,
    long known,
    long deletes,
    ImmutableList<Moved> moved) {

  /**
   * A directory that is on another device than before.
   *
   * @param deletes how many entries the plan removes below it
   */
  public record Moved(RelPath path, long before, long now, long deletes) {}
}
