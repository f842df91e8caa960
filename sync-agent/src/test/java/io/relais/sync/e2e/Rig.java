package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.relais.testbed.PlainWords;
import io.relais.testbed.ssh.OpenSshBed;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bed, a source {@code site} that is mirrored to {@code /data/site}, and an agent that can be
 * started again and again. For one thread.
 */
final class Rig implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private final OpenSshBed bed;
  private Path target;
  private @Nullable AgentProcess agent;

  private Rig(Path directory, OpenSshBed bed) {
    this.directory = directory;
    this.bed = bed;
    this.target = bed.data().resolve("site");
  }

  /**
   * Starts the servers; the agent is not started yet.
   *
   * @param options lines of the table {@code [[sync]]} beyond name, source and target
   * @param more further tables
   */
  static Rig in(Path directory, String options, String more) throws IOException {
    return in(directory, OpenSshBed.in(directory.resolve("client")).hardened(), options, more);
  }

  /** The same with every default, and a disk of so many megabytes at the backup. */
  static Rig withDisk(Path directory, int megabytes) throws IOException {
    return in(directory, OpenSshBed.in(directory.resolve("client")).disk(megabytes), "", "");
  }

  /** The same on a bed of one's own. */
  static Rig in(Path directory, OpenSshBed.Builder wanted, String options, String more)
      throws IOException {
    Rig rig = new Rig(directory, wanted.start());
    Files.createDirectories(rig.source());
    Files.writeString(rig.configuration(), rig.toml(options) + more);
    return rig;
  }

  static Rig in(Path directory, String options) throws IOException {
    return in(directory, options, "");
  }

  private String toml(String options) {
    return """
        [agent]
        state_dir = "%s"

        [ssh]
        config = "%s"
        keepalive = "1s"
        connect_timeout = "5s"

        [[sync]]
        name = "site"
        source = "%s"
        target = "backup:/data/site"
        %s
        """
        .formatted(directory.resolve("state"), bed.sshConfig(), source(), options);
  }

  /** What tells the agent of changes, from its next start on. */
  void watchWith(String watcher) throws IOException {
    String before = Files.readString(configuration());
    Files.writeString(
        configuration(), before.replace("[agent]\n", "[agent]\nwatcher = \"" + watcher + "\"\n"));
  }

  OpenSshBed bed() {
    return bed;
  }

  Path source() {
    return directory.resolve("source");
  }

  Path target() {
    return target;
  }

  /** Mirrors to the account with a shell instead, from the agent's next start on. */
  void mirrorToShellAccount() throws IOException {
    target = bed.shellData().resolve("site");
    String before = Files.readString(configuration());
    Files.writeString(
        configuration(), before.replace("backup:/data/site", "backup-shell:" + target));
  }

  Path configuration() {
    return directory.resolve("sync-agent.toml");
  }

  AgentProcess startAgent() throws IOException {
    return startAgent(AgentProcess.DEEP_QUEUE);
  }

  AgentProcess startAgent(String queue) throws IOException {
    return startAgent(queue, List.of());
  }

  /** Has another program start it, such as {@code setpriv} with its options. */
  AgentProcess startAgentBy(List<String> wrapper) throws IOException {
    return startAgent(AgentProcess.DEEP_QUEUE, wrapper);
  }

  private AgentProcess startAgent(String queue, List<String> wrapper) throws IOException {
    Files.deleteIfExists(statusFile());
    AgentProcess started = new AgentProcess(configuration(), log(), queue, wrapper);
    agent = started;
    return started;
  }

  /** Ends the agent as systemd does. */
  void stopAgent() throws InterruptedException {
    if (agent != null) {
      assertThat(agent.terminate()).as("%s", said()).isZero();
    }
  }

  /** Has the agent read its configuration again. */
  void reload() throws IOException, InterruptedException {
    if (agent != null) {
      agent.reload();
    }
  }

  /** Ends the agent as a crash does. */
  void killAgent() throws InterruptedException {
    if (agent != null) {
      agent.kill();
    }
  }

  private Path log() {
    return directory.resolve("agent.log");
  }

  /** What the agent has said so far: to be shown when a test fails. */
  String said() {
    try {
      List<String> lines = Files.readAllLines(log());
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path statusFile() {
    return directory.resolve("state/status.json");
  }

  /** A field of a mirror's entry in the status file; empty while there is none. */
  String status(String mirror, String field) {
    try {
      JsonNode root = JSON.readTree(statusFile().toFile());
      return root.path("mirrors").path(mirror).path(field).asText();
    } catch (IOException e) {
      return "";
    }
  }

  /** The problems in a mirror's entry in the status file. */
  List<String> problems(String mirror) throws IOException {
    return lines(mirror, "problems");
  }

  /** A field of a mirror's entry in the status file that has several lines. */
  List<String> lines(String mirror, String field) throws IOException {
    List<String> lines = new ArrayList<>();
    JSON.readTree(statusFile().toFile())
        .path("mirrors")
        .path(mirror)
        .path(field)
        .forEach(line -> lines.add(line.asText()));
    return lines;
  }

  String state() {
    return status("site", "state");
  }

  /** Waits until both trees are the same, and the agent says so. */
  void awaitEqual(Duration limit) {
    awaitEqual(source(), target(), limit);
  }

  void awaitEqual(Path from, Path to, Duration limit) {
    await("equal trees")
        .atMost(limit)
        .pollInterval(Duration.ofMillis(500))
        .untilAsserted(
            () -> {
              assertThat(Listing.differences(from, to)).as("%s", said()).isEmpty();
              assertThat(state()).as("%s", said()).isEqualTo("in-sync");
            });
  }

  void awaitState(String... states) {
    await(String.join(" or ", states))
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(state()).as("%s", said()).isIn((Object[]) states));
  }

  /** Ends everything, and sees that what the agent has said is for people. */
  @Override
  public void close() {
    try (bed) {
      if (agent != null) {
        agent.close();
        for (Path said : new Path[] {log(), statusFile()}) {
          PlainWords.assertSpokenIn(Files.exists(said) ? Files.readString(said) : "");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
