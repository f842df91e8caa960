package io.relais.failover.e2e;

import com.google.common.collect.ImmutableList;
import io.relais.testbed.provider.OvhFault;
import io.relais.testbed.provider.OvhRequest;
import io.relais.testbed.provider.OvhSimulator;

/** On the way to the simulated OVH. */
final class OvhWiretap implements Wiretap {
  private final OvhSimulator ovh;

  OvhWiretap(OvhSimulator ovh) {
    this.ovh = ovh;
  }

  @Override
  public ImmutableList<Boolean> requests() {
    return ovh.requests().stream()
        .map(OvhRequest::changes)
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public void reset() {
    ovh.clearFaults();
    ovh.forgetRequests();
  }

  @Override
  public void at(int n, boolean carriedOut, Runnable action) {
    OvhFault fault =
        carriedOut ? new OvhFault.Run(() -> {}, action) : new OvhFault.RunInstead(action);
    ovh.inject(n, _ -> true, fault);
  }

  @Override
  public void close() {}
}
