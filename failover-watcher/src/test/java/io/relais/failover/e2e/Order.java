package io.relais.failover.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import io.relais.failover.change.JournalState;
import io.relais.failover.change.RecordChanger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;

/** What must be so whenever the watcher is at rest, whatever went wrong before. */
final class Order {
  /** All that belongs into a state directory; what is in {@code notices} is the notifier's. */
  private static final ImmutableSet<String> KNOWN =
      ImmutableSet.of(
          "lock",
          "daemon.json",
          "control",
          "state.json",
          "status.json",
          "journal.json",
          "self-check.json",
          "history.jsonl",
          "unwritable",
          "unwritable.last",
          "unwritable.outage",
          "notices");

  private final FailoverBed bed;
  private final ImmutableSortedSet<String> others;

  /** Notes how it is while all is well. */
  Order(FailoverBed bed) throws IOException {
    this.bed = bed;
    this.others = bed.otherRecords();
  }

  /** The site has this one record, and everything is in order. */
  void requireAt(String record, String said) throws IOException {
    assertThat(bed.records()).as(said).containsExactly(record);
    requireTidyZone(said);
    JournalState journal = RecordChanger.read(bed.state().resolve("journal.json")).orElseThrow();
    assertThat(journal.underWay()).as(said).isEmpty();
    assertThat(journal.original().isEmpty())
        .as("the way back is kept while there is one: %s", said)
        .isEqualTo(record.equals(FailoverBed.atProduction()));
    JsonNode state = new JsonMapper().readTree(bed.state().resolve("state.json").toFile());
    assertThat(state.path("watch").path("pending").isObject()).as(said).isFalse();
    requireTidyDirectory(said);
  }

  /** Nothing is stored that is not served, and nothing of anybody else's was touched. */
  void requireTidyZone(String said) throws IOException {
    if (bed.ovh.isPresent()) {
      // A publication may be on its way; what was never published would stay for ever.
      await()
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(
              () -> assertThat(bed.zone().published()).as(said).isEqualTo(bed.zone().stored()));
    }
    assertThat(bed.otherRecords()).as(said).isEqualTo(others);
  }

  /** None of the keys is in anything that was printed, logged, kept or told. */
  void requireNoSecretTold() throws IOException {
    ImmutableSet<String> secrets = bed.secrets();
    assertThat(secrets).isNotEmpty();
    for (String told : bed.told()) {
      assertThat(told).doesNotContain(secrets);
    }
    try (Stream<Path> files = Files.walk(bed.folder)) {
      for (Path file : files.filter(this::isTold).toList()) {
        assertThat(Files.readString(file, ISO_8859_1)).as("%s", file).doesNotContain(secrets);
      }
    }
  }

  private boolean isTold(Path file) {
    boolean run = file.startsWith(bed.state()) || file.toString().contains("/run");
    return run && Files.isRegularFile(file);
  }

  private void requireTidyDirectory(String said) throws IOException {
    try (Stream<Path> files = Files.list(bed.state())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .as(said)
          .isSubsetOf(KNOWN)
          .contains("state.json", "journal.json");
    }
  }
}
