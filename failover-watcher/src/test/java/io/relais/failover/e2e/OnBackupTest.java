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
  @EnumSource(Stage.Holder.class)
  void followsTheBackupsNewAddress(Stage.Holder holder) throws Exception {
    try (Stage stage = Stage.open(folder, holder)) {
      stage.config(Map.of("backup.interval", "\"1s\""), "");
      try (Watching watching = Watching.start(stage)) {
        stage.production.answers(500, "Oops");
        watching.awaitRecords(Stage.atBackup());
        watching.awaitPhase("on-backup");

        stage.address.set("93.184.215.21");

        watching.awaitRecords(Stage.NAME + " 60 A 93.184.215.21");
        watching.awaitTold("address-changed");
        watching.awaitPhase("on-backup");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Stage.Holder.class)
  void failsBackByItselfAfterALongHealthyTime(Stage.Holder holder) throws Exception {
    try (Stage stage = Stage.open(folder, holder)) {
      stage.config(automaticFailback(), "");
      try (Watching watching = Watching.start(stage)) {
        stage.production.answers(500, "Oops");
        watching.awaitRecords(Stage.atBackup());
        watching.awaitPhase("on-backup");

        stage.production.up();

        watching.awaitPhase("recovering");
        watching.awaitRecords(Stage.atProduction());
        watching.awaitTold("failed-back");
        watching.awaitPhase("up");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Stage.Holder.class)
  void takesTheAaaaOutAndPutsItBack(Stage.Holder holder) throws Exception {
    try (Stage stage = Stage.open(folder, holder)) {
      add(stage, "AAAA", 300, "::1");
      stage.config(withProduction("\"%s\", \"::1\"".formatted(Stage.PRODUCTION)), "");
      try (Watching watching = Watching.start(stage)) {
        stage.production.answers(500, "Oops");

        watching.awaitRecords(Stage.atBackup());
        watching.awaitPhase("on-backup");
        stage.production.up();

        watching.awaitRecords(Stage.atProduction(), Stage.NAME + " 300 AAAA ::1");
        watching.awaitPhase("up");
        assertThat(stage.dns.records()).anyMatch(record -> record.startsWith("mail."));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Stage.Holder.class)
  void movesSeveralRecordsOfANameAndRestoresThemAll(Stage.Holder holder) throws Exception {
    try (Stage stage = Stage.open(folder, holder)) {
      add(stage, "A", 3600, Stage.PRODUCTION, "127.0.0.22");
      stage.config(withProduction("\"%s\", \"127.0.0.22\"".formatted(Stage.PRODUCTION)), "");
      try (Watching watching = Watching.start(stage)) {
        stage.production.answers(500, "Oops");

        watching.awaitRecords(Stage.atBackup());
        watching.awaitPhase("on-backup");
        stage.production.up();

        watching.awaitRecords(Stage.atProduction(), Stage.NAME + " 3600 A 127.0.0.22");
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
  private static void add(Stage stage, String type, long ttl, String... values) throws IOException {
    if (stage.ovh.isEmpty()) {
      stage.dns.put(Stage.NAME, type, ttl, List.of(values));
      return;
    }
    OvhSimulatorZone zone = stage.ovh.get().zone(RealNameServer.ZONE);
    for (String value : values) {
      if (!value.equals(Stage.PRODUCTION)) {
        zone.add("www", type, value, ttl);
      }
    }
    zone.deployNow();
  }
}
