package io.relais.sync.target.sftp;

import io.relais.sync.target.Waiting;
import java.util.Comparator;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The channels that one mirror has, or is opening. Safe for use by many threads. */
final class OpenChannels {
  private final Set<SftpChannel> channels = ConcurrentHashMap.newKeySet();

  /** Adds one, until it ends. */
  SftpChannel add(SftpChannel channel) {
    channels.add(channel);
    channel.whenOver(() -> channels.remove(channel));
    return channel;
  }

  /** What has been due for longest on any of them; null for nothing. */
  @Nullable Waiting waiting() {
    return channels.stream()
        .map(SftpChannel::waiting)
        .filter(Objects::nonNull)
        .max(Comparator.comparing(Waiting::time))
        .orElse(null);
  }
}
