package io.relais.failover.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import io.relais.testbed.dns.RealNameServer;
import io.relais.testbed.provider.OvhSimulatorZone;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the daemon does once the records are at the backup, and on the way back. */
@Tag("real")
@Execution(ExecutionMode.CONCURRENT)
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class OnBackupTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(FailoverBed.Holder.class)
  void followsTheBackupsNewAddress(FailoverBed.Holder holder) throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, holder)) {
      bed.config(Map.of("backup.interval", "\"1s\""), "");
      try (Watching watching = Watching.start(bed)) {
        bed.production.answers(500, "Oops");
        watching.awaitRecords(FailoverBed.atBackup());
        watching.awaitPhase("on-backup");

        bed.address.set("93.184.215.21");

        watching.awaitRecords(FailoverBed.NAME + " 60 A 93.184.215.21");
        watching.awaitTold("address-changed");
        watching.awaitPhase("on-backup");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(FailoverBed.Holder.class)
  void failsBackByItselfAfterALongHealthyTime(FailoverBed.Holder holder) throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, holder)) {
      bed.config(automaticFailback(), "");
      try (Watching watching = Watching.start(bed)) {
        bed.production.answers(500, "Oops");
        watching.awaitRecords(FailoverBed.atBackup());
        watching.awaitPhase("on-backup");

        bed.production.up();

        watching.awaitPhase("recovering");
        watching.awaitRecords(FailoverBed.atProduction());
        watching.awaitTold("failed-back");
        watching.awaitPhase("up");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(FailoverBed.Holder.class)
  void takesTheAaaaOutAndPutsItBack(FailoverBed.Holder holder) throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, holder)) {
      add(bed, "AAAA", 300, "::1");
      bed.config(withProduction("\"%s\", \"::1\"".formatted(FailoverBed.PRODUCTION)), "");
      try (Watching watching = Watching.start(bed)) {
        bed.production.answers(500, "Oops");

        watching.awaitRecords(FailoverBed.atBackup());
        watching.awaitPhase("on-backup");
        bed.production.up();

        watching.awaitRecords(FailoverBed.atProduction(), FailoverBed.NAME + " 300 AAAA ::1");
        watching.awaitPhase("up");
        assertThat(bed.dns.records()).anyMatch(record -> record.startsWith("mail."));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(FailoverBed.Holder.class)
  void movesSeveralRecordsOfANameAndRestoresThemAll(FailoverBed.Holder holder) throws Exception {
    try (FailoverBed bed = FailoverBed.open(folder, holder)) {
      add(bed, "A", 3600, FailoverBed.PRODUCTION, "127.0.0.22");
      bed.config(withProduction("\"%s\", \"127.0.0.22\"".formatted(FailoverBed.PRODUCTION)), "");
      try (Watching watching = Watching.start(bed)) {
        bed.production.answers(500, "Oops");

        watching.awaitRecords(FailoverBed.atBackup());
        watching.awaitPhase("on-backup");
        bed.production.up();

        watching.awaitRecords(FailoverBed.atProduction(), FailoverBed.NAME + " 3600 A 127.0.0.22");
        watching.awaitPhase("up");
      }
    }
  }

  private static ImmutableMap<String, String> automaticFailback() {
    return ImmutableMap.of(
        "decision.automatic_failback", "true",
        "decision.minimum_stay", "\"1s\"",
        "decision.failback_after", "\"4s\"");
  }

  private static ImmutableMap<String, String> withProduction(String addresses) {
    return ImmutableMap.<String, String>builder()
        .putAll(automaticFailback())
        .put("site.production", "[" + addresses + "]")
        .buildOrThrow();
  }

  /** Puts the site's records of a type where they are held. */
  private static void add(FailoverBed bed, String type, long ttl, String... values)
      throws IOException {
    if (bed.ovh.isEmpty()) {
      bed.dns.put(FailoverBed.NAME, type, ttl, List.of(values));
      return;
    }
    OvhSimulatorZone zone = bed.ovh.get().zone(RealNameServer.ZONE);
    for (String value : values) {
      if (!value.equals(FailoverBed.PRODUCTION)) {
        zone.add("www", type, value, ttl);
      }
    }
    zone.deployNow();
  }
}
