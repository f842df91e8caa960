package io.relais.failover.dns.ovh;

import io.relais.common.Secret;
import io.relais.testbed.provider.OvhSimulator;

/** The simulator's credentials as the program's settings have them. */
public final class SimulatedLogin {
  private SimulatedLogin() {}

  public static OvhSettings.ApplicationKeys keys(OvhSimulator ovh, Secret consumerKey) {
    return new OvhSettings.ApplicationKeys(
        ovh.applicationKey(), ovh.applicationSecret(), consumerKey);
  }

  /** A service account with some actions of IAM. */
  public static OvhSettings.ServiceAccount serviceAccount(OvhSimulator ovh, String... actions) {
    OvhSimulator.ServiceAccount account = ovh.serviceAccount(actions);
    return new OvhSettings.ServiceAccount(
        account.clientId(), account.clientSecret(), account.tokenUrl());
  }
}
