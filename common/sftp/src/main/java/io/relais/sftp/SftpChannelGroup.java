package io.relais.sftp;

import java.time.Duration;
import java.util.Comparator;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Channels that serve one purpose and whose answers count for one another, open or being opened.
 * Safe for use by many threads.
 */
public final class SftpChannelGroup {
  private final Set<SftpChannel> channels = ConcurrentHashMap.newKeySet();

  /** Adds one, until it ends. */
  public SftpChannel add(SftpChannel channel) {
    channels.add(channel);
    channel.isOneOf(this);
    channel.whenOver(() -> channels.remove(channel));
    return channel;
  }

  /** For how long nothing was answered on any of them. */
  Duration silence() {
    return channels.stream()
        .map(SftpChannel::sinceAnswer)
        .min(Comparator.naturalOrder())
        .orElse(Duration.ZERO);
  }

  /** Whether any of them waits for the server's disk. */
  boolean isDiskBusy() {
    return channels.stream().anyMatch(SftpChannel::isForDisk);
  }

  /** What has been due for longest on any of them; null for nothing. */
  public @Nullable SftpWait waiting() {
    return channels.stream()
        .map(SftpChannel::waiting)
        .filter(Objects::nonNull)
        .max(Comparator.comparing(SftpWait::time))
        .orElse(null);
  }
}
