package io.relais.sync.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.common.toml.ConfigException;
import io.relais.common.toml.TomlDocument;
import io.relais.sync.config.SyncConfig.Channels;
import io.relais.sync.config.SyncConfig.Debounce;
import io.relais.sync.config.SyncConfig.Durability;
import io.relais.sync.config.SyncConfig.Reserve;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.source.LinkPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The example file that is shipped: what it says is true, and every key is in it. */
final class ExampleFileTest {
  private static final Path EXAMPLE = Path.of("../packaging/sync-agent/sync-agent.toml.example");
  private static final Pattern COMMENTED = Pattern.compile("#((?:[a-z_]+|\"[^\"]+\") = .*|\\[.*)");

  @Test
  void mirrorsTheSiteAndTheCertificates() throws Exception {
    AgentConfig config = load(Files.readString(EXAMPLE));

    assertThat(config.syncs()).extracting(SyncConfig::name).containsExactly("site", "certificates");
    assertThat(config.syncs()).extracting(SyncConfig::consistent).containsExactly(false, true);
    assertThat(config.ssh().config()).isEmpty();
  }

  @Test
  void everyCommentedKeyIsReadOnceItIsUncommented() throws Exception {
    AgentConfig config = load(uncommented());

    assertThat(config.syncs()).hasSize(3);
    assertThat(config.ssh().config()).isPresent();
    assertThat(config.ssh().passphraseFile()).isPresent();
    assertThat(config.ssh().passphraseFiles()).hasSize(1);
    assertThat(config.syncs().getLast().targets()).hasSize(2);
  }

  @Test
  void theDefaultsItShowsAreTheDefaults() throws Exception {
    AgentConfig config = load(uncommented());
    SyncConfig site = config.syncs().getFirst();

    assertThat(config.stateDirectory()).isEqualTo(ConfigLoader.DEFAULT_STATE_DIRECTORY);
    assertThat(config.fullScan()).isEqualTo(AgentConfig.DEFAULT_FULL_SCAN);
    assertThat(config.quarantineKeep()).isEqualTo(AgentConfig.DEFAULT_QUARANTINE_KEEP);
    assertThat(config.ssh().keepalive()).isEqualTo(SshConfig.DEFAULT_KEEPALIVE);
    assertThat(config.ssh().connectTimeout()).isEqualTo(SshConfig.DEFAULT_CONNECT_TIMEOUT);
    assertThat(site.sourceOwners()).isEmpty();
    assertThat(site.delete()).isTrue();
    assertThat(site.links()).isEqualTo(LinkPolicy.PRESERVE);
    assertThat(site.debounce()).isEqualTo(Debounce.DEFAULT);
    assertThat(site.deleteGuard()).isEqualTo(SyncConfig.DEFAULT_DELETE_GUARD);
    assertThat(site.consistent()).isFalse();
    assertThat(site.reserve()).isEqualTo(Reserve.DEFAULT);
    assertThat(site.drift()).isEqualTo(DriftPolicy.REPAIR);
    assertThat(site.channels()).isEqualTo(Channels.AUTO);
    assertThat(site.durability()).isEqualTo(Durability.FSYNC);
    assertThat(config.syncs().get(1).debounce()).isEqualTo(Debounce.CONSISTENT);
  }

  /** The reader lists the keys that it knows when a key resembles none of them. */
  @Test
  void everyKnownKeyIsInIt() throws Exception {
    String text = uncommented();
    for (String table : new String[] {"[agent]", "[ssh]", "[[sync]]"}) {
      for (String key : knownKeys(table)) {
        if (!key.equals("passphrase_files")) {
          assertThat(text).containsPattern("(?m)^" + key + " = ");
        }
      }
    }
  }

  private static String[] knownKeys(String table) {
    try {
      load(table + "\nxxxxxxxxxxxx = 1\n");
    } catch (ConfigException e) {
      String known = "known here: ";
      return e.problems().stream()
          .map(problem -> problem.message())
          .filter(message -> message.contains(known))
          .map(message -> message.substring(message.indexOf(known) + known.length()))
          .collect(Collectors.joining())
          .split(", ");
    }
    throw new AssertionError("an unknown key was taken");
  }

  private static String uncommented() throws IOException {
    return Files.readString(EXAMPLE)
        .lines()
        .map(line -> COMMENTED.matcher(line).replaceFirst("$1"))
        .collect(Collectors.joining("\n"));
  }

  private static AgentConfig load(String text) throws ConfigException {
    return new ConfigLoader(Map.of(), FakeHosts.READER)
        .read(TomlDocument.parse(text, EXAMPLE.getFileName().toString()))
        .config();
  }
}
