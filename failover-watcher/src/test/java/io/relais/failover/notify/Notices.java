package io.relais.failover.notify;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.relais.failover.notify.Notice.Topic;
import java.time.Instant;
import java.util.EnumSet;

/** Notices for tests. */
final class Notices {
  static final Instant AT = Instant.parse("2026-11-23T04:00:00Z");
  static final ImmutableSet<Topic> ALL = Sets.immutableEnumSet(EnumSet.allOf(Topic.class));

  private Notices() {}

  static Notice switched() {
    return new Notice(
        Topic.SWITCHED,
        "www.example.org",
        "Moved \"www\" <&>",
        "Line one\nLine two: é",
        AT,
        ImmutableMap.of("site", "www.example.org", "address", "198.51.100.20"));
  }

  static Notice of(Topic topic, String key) {
    return new Notice(topic, key, key, "text of " + key, AT, ImmutableMap.of());
  }
}
