package io.relais.sync.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.toml.ConfigException;
import io.relais.common.toml.ConfigProblem;
import io.relais.common.toml.TomlDocument;
import io.relais.sync.config.SyncConfig.Channels;
import io.relais.sync.config.SyncConfig.DataRate;
import io.relais.sync.config.SyncConfig.Debounce;
import io.relais.sync.config.SyncConfig.Deltas;
import io.relais.sync.config.SyncConfig.Durability;
import io.relais.sync.config.SyncConfig.Reserve;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.guard.DeleteGuard;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.source.LinkPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigLoaderTest {
  private static final String SITE =
      """
      [[sync]]
      name = "site"
      source = "/var/www/site"
      target = "backup:/data/site"
      """;

  @Test
  void everythingHasADefaultButNameSourceAndTarget() throws Exception {
    AgentConfig config = load(SITE);

    assertThat(config)
        .isEqualTo(
            new AgentConfig(
                Path.of("/var/lib/sync-agent"),
                Duration.ofHours(1),
                Optional.empty(),
                Duration.ofDays(30),
                AgentConfig.Watcher.AUTO,
                new SshConfig(
                    Optional.empty(),
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(20),
                    Optional.empty(),
                    ImmutableMap.of()),
                ImmutableList.of(
                    new SyncConfig(
                        "site",
                        Path.of("/var/www/site"),
                        ImmutableSet.of(),
                        ImmutableList.of(new TargetAddress("backup", "/data/site")),
                        true,
                        ImmutableList.of(),
                        LinkPolicy.PRESERVE,
                        new Debounce(Duration.ofMillis(50), Duration.ofSeconds(2)),
                        new DeleteGuard(0.5, 100),
                        false,
                        Durability.FSYNC,
                        new Deltas(1 << 20, false),
                        Optional.empty(),
                        new Reserve(0.05, 0),
                        DriftPolicy.REPAIR,
                        Channels.AUTO,
                        Optional.empty(),
                        ImmutableList.of(),
                        Optional.empty()))));
  }

  @Test
  void everyKeyOfTheAgentIsMapped() throws Exception {
    AgentConfig config =
        load(
            "[agent]\nstate_dir = \"/srv/state\"\nfull_scan = \"2h30m\"\nheartbeat = \"30s\"\n"
                + "quarantine_keep = \"7d\"\nwatcher = \"directory-watcher\"\n"
                + SITE);

    assertThat(config.watcher()).isEqualTo(AgentConfig.Watcher.DIRECTORY_WATCHER);
    assertThat(config.stateDirectory()).isEqualTo(Path.of("/srv/state"));
    assertThat(config.fullScan()).isEqualTo(Duration.ofMinutes(150));
    assertThat(config.heartbeat()).contains(Duration.ofSeconds(30));
    assertThat(config.quarantineKeep()).isEqualTo(Duration.ofDays(7));
  }

  @Test
  void everyKeyOfSshIsMapped() throws Exception {
    AgentConfig config =
        load(
            """
            [ssh]
            config = "/etc/sync-agent/ssh_config"
            keepalive = "5s"
            connect_timeout = "1m"
            passphrase_file = "/etc/sync-agent/pass"
            [ssh.passphrase_files]
            "/etc/sync-agent/id.one" = "/etc/sync-agent/pass1"
            """
                + SITE);

    assertThat(config.ssh())
        .isEqualTo(
            new SshConfig(
                Optional.of(Path.of("/etc/sync-agent/ssh_config")),
                Duration.ofSeconds(5),
                Duration.ofMinutes(1),
                Optional.of(Path.of("/etc/sync-agent/pass")),
                ImmutableMap.of(
                    Path.of("/etc/sync-agent/id.one"), Path.of("/etc/sync-agent/pass1"))));
  }

  @Test
  void everyKeyOfSyncIsMapped() throws Exception {
    AgentConfig config =
        load(
            """
            [[sync]]
            name = "cert_1.x-y"
            source = "/etc/letsencrypt/"
            source_owners = ["www-data", "1001"]
            targets = ["backup:/data//le/", "spare:/srv/é"]
            delete = false
            exclude = ["*.tmp", "!keep.tmp"]
            links = "skip"
            debounce = { quiet = "100ms", max = "5s" }
            delete_guard = { share = 1, entries = 0 }
            consistent = true
            durability = "none"
            delta_min = "64KiB"
            verify_deltas = true
            rate_limit = "1.5MB/s"
            reserve = "20GB"
            drift = "report"
            channels = "one"
            checksum_scan = "30d"
            sqlite = ["data/*.db", "!data/old.db"]
            poll = "1m"
            """);

    assertThat(config.syncs())
        .containsExactly(
            new SyncConfig(
                "cert_1.x-y",
                Path.of("/etc/letsencrypt"),
                ImmutableSet.of("www-data", "1001"),
                ImmutableList.of(
                    new TargetAddress("backup", "/data/le"),
                    new TargetAddress("spare", "/srv/\u00c3\u00a9")),
                false,
                ImmutableList.of("*.tmp", "!keep.tmp"),
                LinkPolicy.SKIP,
                new Debounce(Duration.ofMillis(100), Duration.ofSeconds(5)),
                new DeleteGuard(1, 0),
                true,
                Durability.NONE,
                new Deltas(64 << 10, true),
                Optional.of(new DataRate(1_500_000)),
                new Reserve(0, 20_000_000_000L),
                DriftPolicy.REPORT,
                Channels.ONE,
                Optional.of(Duration.ofDays(30)),
                ImmutableList.of("data/*.db", "!data/old.db"),
                Optional.of(Duration.ofMinutes(1))));
    assertThat(config.syncs().getFirst().targets().getLast()).hasToString("spare:/srv/é");
  }

  @Test
  void aConsistentMirrorWaitsForHalfASecondOfQuiet() throws Exception {
    assertThat(debounceOf("consistent = true")).isEqualTo(Debounce.CONSISTENT);
    assertThat(Debounce.CONSISTENT.quiet()).isEqualTo(Duration.ofMillis(500));
  }

  @Test
  void aConsistentMirrorMayBeQuietForLongerThanMax() throws Exception {
    assertThat(debounceOf("consistent = true\ndebounce = { quiet = \"1m\", max = \"2s\" }"))
        .isEqualTo(new Debounce(Duration.ofMinutes(1), Duration.ofMinutes(1)));
  }

  private static Debounce debounceOf(String lines) throws ConfigException {
    return load(SITE + lines).syncs().getFirst().debounce();
  }

  @Test
  void aPartOfDebounceOrDeleteGuardLeavesTheRestAtItsDefault() throws Exception {
    SyncConfig sync =
        load(SITE + "debounce = { max = \"9s\" }\ndelete_guard = { share = 0.1 }\n")
            .syncs()
            .getFirst();

    assertThat(sync.debounce())
        .isEqualTo(new Debounce(Duration.ofMillis(50), Duration.ofSeconds(9)));
    assertThat(sync.deleteGuard()).isEqualTo(new DeleteGuard(0.1, 100));
  }

  @Test
  void stateIsKeptWhereSystemdSays() throws Exception {
    ConfigLoader loader =
        new ConfigLoader(
            Map.of("STATE_DIRECTORY", "/var/lib/private/agent:/other"), FakeHosts.READER);

    AgentConfig config = loader.read(TomlDocument.parse(SITE, "x")).config();

    assertThat(config.stateDirectory()).isEqualTo(Path.of("/var/lib/private/agent"));
  }

  @Test
  void theFileWinsOverSystemd() throws Exception {
    ConfigLoader loader =
        new ConfigLoader(Map.of("STATE_DIRECTORY", "/var/lib/agent"), FakeHosts.READER);

    AgentConfig config =
        loader.read(TomlDocument.parse("[agent]\nstate_dir = \"/srv/s\"\n" + SITE, "x")).config();

    assertThat(config.stateDirectory()).isEqualTo(Path.of("/srv/s"));
  }

  @Test
  void theRootOfTheAccountMayBeATargetWithoutDeletes() throws Exception {
    AgentConfig config = load(SITE.replace("/data/site", "/") + "delete = false");

    assertThat(config.syncs().getFirst().targets())
        .containsExactly(new TargetAddress("backup", "/"));
  }

  @Test
  void theSamePathAtTwoHostsAndNeighboursDoNotOverlap() throws Exception {
    AgentConfig config =
        load(
            SITE
                + """
                [[sync]]
                name = "site2"
                source = "/var/www/site2"
                targets = ["backup:/data/site2", "spare:/data/site"]
                """);

    assertThat(config.syncs()).hasSize(2);
  }

  @Test
  void aFileThatIsNotThereIsOneLine(@TempDir Path directory) {
    Path missing = directory.resolve("none.toml");

    assertThatThrownBy(() -> new ConfigLoader(Map.of(), FakeHosts.READER).load(missing))
        .isInstanceOf(ConfigException.class)
        .hasMessage(missing + ": there is no such file; name another with -c FILE");
  }

  @Test
  void whatIsNotThereYetIsOnlyAWarning(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("agent.toml");
    Path plain = Files.createFile(directory.resolve("plain"));
    Files.writeString(
        file,
        """
        [ssh]
        passphrase_file = "%1$s/pass"
        [[sync]]
        name = "a"
        source = "%1$s/gone"
        target = "backup:/a"
        [[sync]]
        name = "b"
        source = "%1$s/plain"
        target = "backup:/b"
        """
            .formatted(directory));

    var checked = new ConfigLoader(Map.of(), FakeHosts.READER).check(file);

    assertThat(checked.config().syncs()).hasSize(2);
    assertThat(checked.warnings())
        .extracting(ConfigProblem::toString)
        .containsExactly(
            file
                + ":2:19: warning: '"
                + directory
                + "/pass' is not there, or may not be looked at; create it or fix the path",
            file
                + ":5:10: warning: '"
                + directory
                + "/gone' is not there, or may not be looked at; create it or fix the path",
            file
                + ":9:10: warning: '"
                + plain
                + "' is a file; name its directory as the source, and to mirror this file alone"
                + " add: exclude = [\"/*\", \"!/plain\"]");
  }

  @Test
  void recordsRejectWhatTheFileCouldNotSay() {
    assertThatThrownBy(() -> new Debounce(Duration.ZERO, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Debounce(Duration.ofSeconds(2), Duration.ofSeconds(1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new DeleteGuard(Double.NaN, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new DeleteGuard(0.5, -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new TargetAddress("backup", "data"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static AgentConfig load(String toml) throws ConfigException {
    return new ConfigLoader(Map.of(), FakeHosts.READER)
        .read(TomlDocument.parse(toml, "sync-agent.toml"))
        .config();
  }
}
