package io.relais.sync.config;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The whole configuration.
 *
 * @param stateDirectory absolute; where the index and the state are kept
 * @param fullScan how often everything is compared again
 * @param heartbeat how often each mirror leaves a sign of life at its target; empty for never
 * @param quarantineKeep how long what others made at a backup is kept there after it was taken out
 *     of the copy
 * @param watcher what tells that the sources change
 */
public record AgentConfig(
    Path stateDirectory,
    Duration fullScan,
    Optional<Duration> heartbeat,
    Duration quarantineKeep,
    Watcher watcher,
    SshConfig ssh,
    ImmutableList<SyncConfig> syncs) {
  /** How often everything is compared again, if the file says nothing else. */
  public static final Duration DEFAULT_FULL_SCAN = Duration.ofHours(1);

  /** How long the quarantine keeps what was made at a backup, if the file says nothing else. */
  public static final Duration DEFAULT_QUARANTINE_KEEP = Duration.ofDays(30);

  /** What tells that a source changes. */
  public enum Watcher {
    /**
     * The kernel's inotify; where that can't be used, directory-watcher; where neither can,
     * directories are looked at from time to time.
     */
    AUTO,
    /** The kernel's inotify. */
    INOTIFY,
    /** The library directory-watcher: later and in less detail, but wherever Java can watch. */
    DIRECTORY_WATCHER
  }

  public AgentConfig {
    checkArgument(stateDirectory.isAbsolute(), "state directory %s is relative", stateDirectory);
    checkArgument(fullScan.isPositive(), "full scan every %s", fullScan);
    checkArgument(quarantineKeep.isPositive(), "quarantine kept %s", quarantineKeep);
    checkArgument(heartbeat.stream().allMatch(Duration::isPositive), "heartbeat %s", heartbeat);
  }
}
