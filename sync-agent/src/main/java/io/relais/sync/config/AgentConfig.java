package io.relais.sync.config;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.time.Duration;

/**
 * The whole configuration.
 *
 * @param stateDirectory absolute; where the index and the state are kept
 * @param fullScan how often everything is compared again
 */
public record AgentConfig(
    Path stateDirectory, Duration fullScan, SshConfig ssh, ImmutableList<SyncConfig> syncs) {}
