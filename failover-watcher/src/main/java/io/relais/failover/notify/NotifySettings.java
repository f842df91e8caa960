package io.relais.failover.notify;

import com.google.common.collect.ImmutableList;
import java.time.Duration;

/**
 * Whom to tell, and how hard to try.
 *
 * @param timeout of one delivery
 * @param giveUpAfter how long a notice is tried again
 * @param repeatAfter how long the same notice is not sent again
 */
public record NotifySettings(
    ImmutableList<ChannelSettings> channels,
    Duration timeout,
    Duration giveUpAfter,
    Duration repeatAfter) {}
