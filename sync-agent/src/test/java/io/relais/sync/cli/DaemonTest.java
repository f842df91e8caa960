package io.relais.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.common.ExitCode;
import io.relais.common.heartbeat.HeartbeatFile;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a process of its own, with signals. */
final class DaemonTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir private Path directory;

  @SuppressWarnings("NullAway.Init")
  private Embedded program;

  @SuppressWarnings("NullAway.Init")
  private Process agent;

  @BeforeEach
  void start() throws IOException {
    program = new Embedded(directory);
    Files.writeString(program.source.resolve("index.html"), "hello");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "-c",
            program.config.toString());
    builder.environment().put("LC_ALL", "C.UTF-8");
    agent = builder.redirectErrorStream(true).redirectOutput(log().toFile()).start();
    awaitLog("site: 1 file (5 bytes)");
  }

  @Test
  void statusIsForItsOwnUser() throws IOException {
    Path status = program.state.resolve("status.json");
    await().atMost(LIMIT).until(() -> Files.exists(status));

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(status)))
        .isEqualTo("rw-------");
  }

  @Test
  void nothingThatItKeepsCanBeReadByOthers() throws IOException {
    try (var kept = Files.walk(program.state)) {
      assertThat(
              kept.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                  .filter(path -> !path.getFileName().toString().startsWith("sqlite-")))
          .isNotEmpty()
          .allSatisfy(
              path ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                      .as("%s", path)
                      .isEqualTo("rw-------"));
    }
  }

  @Test
  void aSecondOneIsRefusedAndTakesNothingFromTheFirst() throws IOException {
    Path status = program.state.resolve("status.json");
    await().atMost(LIMIT).until(() -> Files.exists(status));

    Embedded.Result second = program.run();

    assertThat(second.code()).isEqualTo(ExitCode.PARTIAL.code());
    assertThat(second.err()).contains("sync-agent runs already, as process " + agent.pid());
    assertThat(Files.readString(status)).contains("\"site\"", Long.toString(agent.pid()));
    assertThat(program.run("status").out()).contains("site: ");
  }

  @Test
  void statusSaysThatOneWhichHangsDoesNotAnswer() throws IOException, InterruptedException {
    signal("STOP");
    try {
      Embedded.Result status = program.run("status");
      assertThat(status.code()).isEqualTo(ExitCode.UNAVAILABLE.code());
      assertThat(status.out()).startsWith("sync-agent (process " + agent.pid() + ") runs, and");
    } finally {
      signal("CONT");
    }
  }

  /** What is newly excluded stays at the target, and sockets and pipes never get there. */
  @Test
  void whatIsLeftOutIsCountedAndListed() throws Exception {
    Path run = Files.createDirectory(program.source.resolve("run"));
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(run.resolve("socket")));
      assertThat(new ProcessBuilder("mkfifo", run + "/pipe").start().waitFor()).isZero();
      program.configure("exclude = [\"*.html\"]\n");
      signal("HUP");
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () -> {
                Embedded.Result status = program.run("status");
                assertThat(status.out())
                    .contains(
                        "left out, as the last full scan found: 2 devices, pipes and sockets, 1"
                            + " entry at the target (excluded, so not removed)");
                assertThat(status.code()).isZero();
                // It follows the agent's own word by some milliseconds.
                assertThat(Files.readString(program.state.resolve("status.json")))
                    .containsPattern(
                        "\"left_out\" *: *\\{\\s*\"special\" *: *2,\\s*\"excluded\" *: *1\\s*}");
              });
      assertThat(program.run("left-out", "sit").code()).isEqualTo(ExitCode.USAGE.code());

      String list =
          """
          site: index.html: excluded, and stays at the target; remove it there if it is to go
          site: run/pipe: a pipe, which is not mirrored
          site: run/socket: a socket, which is not mirrored
          site: 3 entries left out
          """;
      assertThat(program.run("left-out", "site")).isEqualTo(new Embedded.Result(0, list, ""));
      agent.destroyForcibly().onExit().join();
      assertThat(program.run("left-out")).isEqualTo(new Embedded.Result(0, list, ""));
      assertThat(program.run("left-out", "--json").out())
          .contains("\"path\":\"run/socket\",\"why\":\"socket\"", "\"why\":\"excluded\"");
    }
    assertThat(program.copy.resolve("index.html")).exists();
  }

  @AfterEach
  void stop() throws IOException {
    agent.destroyForcibly().onExit().join();
    program.close();
  }

  private Path log() {
    return directory.resolve("log");
  }

  private void awaitLog(String text) {
    await().atMost(LIMIT).until(() -> Files.readString(log()).contains(text));
  }

  private void signal(String name) throws IOException, InterruptedException {
    List<String> kill = List.of("kill", "-" + name, Long.toString(agent.pid()));
    assertThat(new ProcessBuilder(kill).inheritIO().start().waitFor()).isZero();
  }

  @Test
  void endsCleanlyOnTheTermSignal() throws IOException, InterruptedException {
    signal("TERM");
    assertThat(agent.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(agent.exitValue()).isZero();
    assertThat(Files.readString(log())).endsWith("stopping\n").doesNotContain("\tat ");
    try (var left = Files.list(program.copy)) {
      assertThat(left.map(path -> path.getFileName().toString())).containsExactly("index.html");
    }
  }

  @Test
  void beginsAMirrorThatTheNewConfigurationAdds() throws IOException, InterruptedException {
    Path more = Files.createDirectory(directory.resolve("more"));
    Files.writeString(more.resolve("two"), "2");
    program.configure(
        "[[sync]]\nname = \"more\"\nsource = \"%s\"\ntarget = \"backup:/more\"\n".formatted(more));
    signal("HUP");
    awaitLog("the new configuration is in force");
    await().atMost(LIMIT).until(() -> Files.exists(program.link.root().resolve("more/two")));
    Files.writeString(program.source.resolve("later"), "x");
    await().atMost(LIMIT).until(() -> Files.exists(program.copy.resolve("later")));
  }

  @Test
  void staysWithTheOldConfigurationWhereTheNewOneIsWrong()
      throws IOException, InterruptedException {
    program.configure("exlude = []\n");
    signal("HUP");
    awaitLog("the configuration stays as it was");
    awaitLog("did you mean 'exclude'");
    Files.writeString(program.source.resolve("later"), "x");
    await().atMost(LIMIT).until(() -> Files.exists(program.copy.resolve("later")));
  }

  @Test
  void leavesAHeartbeatOnceTheNewConfigurationWantsIt() throws IOException, InterruptedException {
    Path heartbeat = program.link.root().resolve(".relais-site.heartbeat.json");
    assertThat(heartbeat).doesNotExist();
    String config = Files.readString(program.config);
    Files.writeString(program.config, config.replace("[agent]", "[agent]\nheartbeat = \"100ms\""));
    signal("HUP");
    awaitLog("the new configuration is in force");
    await().atMost(LIMIT).until(() -> Files.exists(heartbeat));

    assertThat(HeartbeatFile.read(heartbeat).mirror()).isEqualTo("site");
  }
}
