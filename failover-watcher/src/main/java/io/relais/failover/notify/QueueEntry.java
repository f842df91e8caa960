package io.relais.failover.notify;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/**
 * A notice for one channel.
 *
 * @param id unique; sorts by when it was queued
 * @param channel the channel's name
 * @param queued when it came
 * @param notBefore when the receiver said that it may be tried again
 */
record QueueEntry(
    String id, String channel, Notice notice, Instant queued, Optional<Instant> notBefore) {
  private static final int VERSION = 1;

  QueueEntry heldUntil(Instant time) {
    return new QueueEntry(id, channel, notice, queued, Optional.of(time));
  }

  byte[] toJson() {
    ObjectNode node = NoticeJson.object();
    node.put("version", VERSION);
    node.put("channel", channel);
    node.put("queued", queued.toString());
    notBefore.ifPresent(time -> node.put("not_before", time.toString()));
    node.set("notice", NoticeJson.write(notice));
    return NoticeJson.bytes(node);
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws IOException if it is anything else
   */
  static QueueEntry fromJson(String id, byte[] json) throws IOException {
    ObjectNode node = NoticeJson.parse(json);
    if (node.path("version").asInt() != VERSION) {
      throw new IOException("not of version " + VERSION);
    }
    return new QueueEntry(
        id,
        NoticeJson.text(node, "channel"),
        NoticeJson.read(node.path("notice")),
        NoticeJson.time(node, "queued"),
        node.has("not_before")
            ? Optional.of(NoticeJson.time(node, "not_before"))
            : Optional.empty());
  }
}
