package io.relais.failover.notify;

import io.relais.failover.net.HttpCaller;
import io.relais.failover.notify.ChannelSettings.Command;
import io.relais.failover.notify.ChannelSettings.Ifttt;
import io.relais.failover.notify.ChannelSettings.Mail;
import io.relais.failover.notify.ChannelSettings.Webhook;
import java.time.Duration;

/** One way out. For any number of threads. */
interface Channel {
  /**
   * Delivers one notice, and returns when it was accepted. Blocks, at most as long as the channel's
   * limit says.
   *
   * @param id the same for each try of the same notice, for receivers that tell repeats
   * @throws DeliveryException if it was not accepted, or if that is not known
   */
  void send(String id, Notice notice) throws DeliveryException, InterruptedException;

  /**
   * The channel of the settings; connects to nothing.
   *
   * @param timeout of one delivery
   * @throws IllegalArgumentException if the settings can't work (the user's; the message says which
   *     channel and what to do)
   */
  static Channel of(ChannelSettings settings, HttpCaller http, Duration timeout) {
    try {
      return switch (settings) {
        case Ifttt ifttt -> WebChannels.ifttt(ifttt, http, timeout);
        case Webhook webhook -> WebChannels.webhook(webhook, http, timeout);
        case Mail mail -> new MailChannel(mail, MailChannel.Limits.of(timeout));
        case Command command -> new CommandChannel(command.command(), timeout);
      };
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "notify channel '" + settings.name() + "': " + e.getMessage(), e);
    }
  }
}
