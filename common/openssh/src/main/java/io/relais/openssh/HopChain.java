package io.relais.openssh;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;

/**
 * The way to a host.
 *
 * @param hops in the order to connect: the first is dialled, each other through the one before it;
 *     the last is the target
 */
public record HopChain(ImmutableList<ResolvedHost> hops) {
  public HopChain {
    checkArgument(!hops.isEmpty(), "a way has at least its target");
  }

  public ResolvedHost target() {
    return hops.getLast();
  }

  public ImmutableList<ResolvedHost> bastions() {
    return hops.subList(0, hops.size() - 1);
  }
}
