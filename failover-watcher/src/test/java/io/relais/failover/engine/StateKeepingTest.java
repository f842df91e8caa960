package io.relais.failover.engine;

import static io.relais.failover.engine.Stage.BACKUP;
import static io.relais.failover.engine.Stage.PRODUCTION;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.net.InetAddresses;
import io.relais.failover.address.AddressFinder.Verdict;
import io.relais.failover.address.StableAddress;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.decide.Phase;
import io.relais.failover.dyndns.DynDnsState;
import io.relais.failover.net.IpFamily;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.state.HeartbeatHistory;
import io.relais.failover.state.HistoryFile;
import io.relais.failover.state.Hysteresis;
import io.relais.failover.state.LineOutage;
import io.relais.failover.state.NoticeHistory;
import io.relais.failover.state.NoticeHistory.StalledChange;
import io.relais.failover.state.PersistentState;
import io.relais.failover.state.StandingProblem;
import io.relais.failover.state.StateFile;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is kept on disk, and what happens when it can't be. */
final class StateKeepingTest {
  @TempDir private Path directory;

  @Test
  void remembersEverythingAcrossTheDisk() throws Exception {
    Stage stage = new Stage(directory);
    Stage.Run run = stage.start();
    run.rounds(3);
    stage.prober.down(PRODUCTION);
    run.rounds(4);
    run.watcher().saveNow();
    StateFile file = new StateFile(directory);
    PersistentState known = file.read().orElseThrow();
    assertThat(known.watch().phase()).isEqualTo(Phase.ON_BACKUP);
    assertThat(known.watch().health().samples()).hasSize(7);
    assertThat(known.addresses().stable(IpFamily.V4)).contains(InetAddresses.forString(BACKUP));
    Instant now = stage.clock.instant();
    PersistentState full =
        known
            .withPulses(
                ImmutableMap.of("site", new HeartbeatHistory(4, now, now, Duration.ofSeconds(30))))
            .withNotBefore(Optional.of(now))
            .withTold(
                new NoticeHistory(
                    Optional.of(LineOutage.out(Optional.empty(), now).back(now).toldAt(now)),
                    Optional.of(new StalledChange(now, 2)),
                    ImmutableMap.of(
                        "stuck",
                        StandingProblem.noticed(now, "down\nfor a reason", now)
                            .toldAt(StandingProblem.Telling.CHANGE, now)
                            .gone(now)),
                    ImmutableMap.of("thing", now)))
            .withReloaded(Optional.of("one for another"))
            .withUnsent(
                ImmutableList.of(
                    new Notice(
                        Topic.SWITCHED, "key", "title", "text", now, ImmutableMap.of("a", "b"))))
            .withWatches(ImmutableMap.of("backup", new Hysteresis(false, 4, 0, now)))
            .withDynDns(
                new DynDnsState(
                    "about",
                    Optional.of(InetAddresses.forString(BACKUP)),
                    Optional.of(InetAddresses.forString("2a00:1450::1")),
                    Optional.of(now),
                    Optional.of(now),
                    Optional.of(new DynDnsState.Stop("badauth", "00ff00ff"))));
    file.write(full);
    assertThat(file.read()).contains(full);
  }

  /** An address that came from a name must not be looked up by it when it is read again. */
  @Test
  void keepsAddressesInFigures() throws Exception {
    InetAddress named =
        InetAddress.getByAddress("localhost", InetAddresses.forString(BACKUP).getAddress());
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    StableAddress known =
        StableAddress.unknown(1).observe(IpFamily.V4, new Verdict(Optional.of(named), ""), now);
    StateFile file = new StateFile(directory);
    file.write(PersistentState.initial(now, known));
    assertThat(file.read().orElseThrow().addresses().stable(IpFamily.V4))
        .contains(InetAddresses.forString(BACKUP));
    assertThat(Files.readString(directory.resolve("state.json"))).doesNotContain("localhost");
  }

  @Test
  void refusesWhatItDidNotWrite() throws Exception {
    Path file = directory.resolve("state.json");
    for (String text : new String[] {"", "null", "{}", "{\"version\":1}", "[1", "\0\0\0"}) {
      Files.writeString(file, text, UTF_8);
      assertThatThrownBy(() -> new Stage(directory).start())
          .as(text)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("is damaged")
          .hasMessageContaining("rm " + file);
    }
    Files.writeString(file, "{\"version\":2, \"more\": []}", UTF_8);
    assertThatThrownBy(() -> new Stage(directory).start())
        .hasMessageContaining("is of version 2, and this program writes 1");
    assertThat(file).hasContent("{\"version\":2, \"more\": []}");
  }

  @Test
  void beginsNothingThatItCanNotRemember() throws Exception {
    Stage stage = new Stage(directory);
    stage.deadman =
        Optional.of(
            new WatcherConfig.Deadman(
                io.relais.common.Secret.of("https://hc.example/ping"), Duration.ofMinutes(1)));
    stage.web.page("https://hc.example/ping", 200, "");
    Stage.Run run = stage.start();
    run.rounds(3);
    run.watcher().awaitPings(Duration.ofSeconds(10));
    long pings = stage.web.asked("https://hc.example/ping");
    block("state.json");
    stage.prober.down(PRODUCTION);
    assertThat(run.lasting(Duration.ofMinutes(5)).phase()).contains(Phase.DOWN);
    assertThat(stage.records()).isEqualTo(PRODUCTION);
    assertThat(stage.stored()).isEqualTo(PRODUCTION);
    assertThat(stage.told().stream().filter(Topic.HALTED::equals)).as("told once").hasSize(1);
    assertThat(stage.last(Topic.HALTED).title())
        .isEqualTo("www.example.org: the watcher can't write its state, so it only looks on");
    run.watcher().awaitPings(Duration.ofSeconds(10));
    assertThat(stage.web.asked("https://hc.example/ping"))
        .as("the dead man's switch tells too")
        .isEqualTo(pings);
    unblock("state.json");
    run.until(Phase.ON_BACKUP);
    assertThat(stage.records()).isEqualTo(BACKUP);
  }

  @Test
  void beginsNothingWithoutAJournal() throws Exception {
    Stage stage = new Stage(directory);
    Stage.Run run = stage.start();
    run.rounds(3);
    block("journal.json");
    stage.prober.down(PRODUCTION);
    Watcher.RoundOutcome roundOutcome = run.lasting(Duration.ofMinutes(5));
    assertThat(roundOutcome.phase()).contains(Phase.DOWN);
    assertThat(roundOutcome.reason()).contains("the journal").contains("can't be written");
    assertThat(stage.stored()).isEqualTo(PRODUCTION);
    assertThat(stage.told()).containsOnly(Topic.SWITCH_FAILED);
    unblock("journal.json");
    run.until(Phase.ON_BACKUP);
  }

  /** A directory that is not empty stands where the file belongs. */
  private void block(String name) throws IOException {
    Files.deleteIfExists(directory.resolve(name));
    Files.createDirectories(directory.resolve(name).resolve("in the way"));
  }

  private void unblock(String name) throws IOException {
    Files.delete(directory.resolve(name).resolve("in the way"));
    Files.delete(directory.resolve(name));
  }

  @Test
  void savesOnceAMinuteWhileNothingChanges() throws Exception {
    Stage stage = new Stage(directory);
    Stage.Run run = stage.start();
    run.rounds(20);
    Path file = directory.resolve("state.json");
    FileTime old = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
    int saves = 0;
    for (int round = 0; round < 24; round++) {
      Files.setLastModifiedTime(file, old);
      run.round();
      saves += Files.getLastModifiedTime(file).equals(old) ? 0 : 1;
    }
    assertThat(saves).isEqualTo(2);
    stage.prober.down(PRODUCTION);
    Files.setLastModifiedTime(file, old);
    run.round();
    assertThat(Files.getLastModifiedTime(file)).isNotEqualTo(old);
  }

  @Test
  void addsToAHistoryThatACrashCutOff() throws Exception {
    HistoryFile history = new HistoryFile(directory);
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    HistoryFile.Entry entry = new HistoryFile.Entry(now, "phase", "up", "down", "für alle");
    history.add(entry);
    Path file = directory.resolve("history.jsonl");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 8));
    history.add(entry);
    history.add(entry);
    assertThat(history.last(10)).containsExactly(entry, entry);
  }

  @Test
  void beginsAnotherHistoryWhenItIsLong() throws Exception {
    HistoryFile history = new HistoryFile(directory);
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    history.add(new HistoryFile.Entry(now, "phase", "up", "down", "x".repeat(1 << 20)));
    history.add(new HistoryFile.Entry(now, "phase", "down", "up", "next"));
    assertThat(directory.resolve("history.jsonl.1")).exists();
    assertThat(history.last(1).getFirst().text()).isEqualTo("next");
    assertThat(history.last(2)).hasSize(2);
  }
}
