package io.relais.failover.config;

import com.google.common.collect.ImmutableList;
import io.relais.failover.address.AddressSettings;
import java.net.InetAddress;
import java.time.Duration;

/**
 * The backup itself.
 *
 * @param probeAddress where it is asked for the site
 * @param serveCheck whether it is
 * @param stableRounds in how many rounds in a row its public address must be the same; at least 1
 * @param interval how often its address is asked for while nothing is wrong
 * @param vantages who says whether it can be reached from outside; {@link #ADDRESS} in a command
 *     stands for its public address
 */
public record BackupConfig(
    InetAddress probeAddress,
    boolean serveCheck,
    AddressSettings address,
    int stableRounds,
    Duration interval,
    ImmutableList<VantageConfig> vantages) {
  public static final String ADDRESS = "${address}";
}
