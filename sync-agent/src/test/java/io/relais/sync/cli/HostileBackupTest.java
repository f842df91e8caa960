package io.relais.sync.cli;

import static io.relais.testbed.ssh.SftpPackets.packet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.testbed.ssh.HostileSftp;
import io.relais.testbed.ssh.SftpPackets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The agent as a process, with the memory that its launcher gives it, and a backup without end. */
@SuppressWarnings("NullAway.Init")
final class HostileBackupTest {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int LINKS = 3_000;

  @TempDir private Path directory;

  private Embedded program;
  private HostileSftp hostile;
  private Process agent;

  /** What each handle was opened for, and how many replies it has had. */
  private final Map<String, Endless> open = new ConcurrentHashMap<>();

  private final AtomicInteger made = new AtomicInteger();

  private record Endless(String path, AtomicInteger replies) {}

  @BeforeEach
  void start() throws IOException {
    program = new Embedded(directory);
    Path more = Files.createDirectory(directory.resolve("more"));
    Files.writeString(more.resolve("file"), "of the other mirror");
    program.configure(
        "[[sync]]\nname = \"more\"\nsource = \"%s\"\ntarget = \"backup:/more\"\n".formatted(more));
    for (String name : List.of("endless", "links", "fine")) {
      Files.createDirectory(program.source.resolve(name));
      Files.createDirectories(program.copy.resolve(name));
    }
    Files.writeString(program.source.resolve("fine/file"), "of the site");
    hostile = HostileSftp.at(program.link);
    hostile.on(SftpPackets.OPENDIR, this::opened);
    hostile.on(SftpPackets.READDIR, this::listed);
    hostile.on(
        SftpPackets.READLINK,
        (asked, right) ->
            SftpPackets.string(asked).startsWith("/site/links/")
                ? List.of(SftpPackets.name(SftpPackets.id(asked), "t".repeat(200_000)))
                : List.of(right));
  }

  @AfterEach
  void stop() throws IOException {
    if (agent != null) {
      agent.destroyForcibly().onExit().join();
    }
    program.close();
  }

  private List<byte[]> opened(byte[] asked, byte[] right) {
    String path = SftpPackets.string(asked);
    if (!path.startsWith("/site/")) {
      return List.of(right);
    }
    String handle = path.equals("/site/fine") ? "" : "endless-" + made.incrementAndGet();
    open.put(handle, new Endless(path, new AtomicInteger()));
    return handle.isEmpty()
        ? List.of(right)
        : List.of(packet(SftpPackets.HANDLE, SftpPackets.id(asked)).string(handle).build());
  }

  private List<byte[]> listed(byte[] asked, byte[] right) {
    Endless endless = open.get(SftpPackets.string(asked));
    if (endless == null) {
      return List.of(right);
    }
    int id = SftpPackets.id(asked);
    int reply = endless.replies().getAndIncrement();
    return List.of(
        switch (endless.path()) {
          case "/site/endless" -> endlessly(id, reply);
          case "/site/links" -> links(id, reply);
          default -> directories(id, reply);
        });
  }

  private static byte[] endlessly(int id, int reply) {
    return SftpPackets.name(
        id,
        IntStream.range(0, 1_000).mapToObj(i -> "file-" + reply + "-" + i).toArray(String[]::new));
  }

  private static byte[] links(int id, int reply) {
    if (reply > 0) {
      return SftpPackets.status(id, SftpPackets.EOF, "");
    }
    SftpPackets links = packet(SftpPackets.NAME, id).integer(LINKS);
    IntStream.range(0, LINKS).forEach(i -> links.link("link-" + i));
    return links.build();
  }

  /** Each holds five hundred more. */
  private static byte[] directories(int id, int reply) {
    if (reply > 0) {
      return SftpPackets.status(id, SftpPackets.EOF, "");
    }
    SftpPackets directories = packet(SftpPackets.NAME, id).integer(500);
    IntStream.range(0, 500).forEach(i -> directories.directory("directory-" + i));
    return directories.build();
  }

  private void startAgent() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-XX:+UseCompactObjectHeaders",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "-c",
            program.config.toString());
    builder.environment().put("LC_ALL", "C.UTF-8");
    agent = builder.redirectErrorStream(true).redirectOutput(log().toFile()).start();
  }

  private Path log() {
    return directory.resolve("log");
  }

  private void awaitLog(String text) {
    await().atMost(LIMIT).until(() -> !agent.isAlive() || Files.readString(log()).contains(text));
    assertThat(log()).content().contains(text);
    assertThat(agent.isAlive()).isTrue();
  }

  @Test
  void livesAndMirrorsTheRestWhereListingsAndSymlinksHaveNoEnd() throws IOException {
    startAgent();
    awaitLog("list /site/endless: it takes more than");
    awaitLog("read link /site/links/link-");
    await().atMost(LIMIT).until(() -> Files.exists(program.copy.resolve("fine/file")));
    await().atMost(LIMIT).until(() -> Files.exists(program.link.root().resolve("more/file")));

    Files.writeString(program.source.resolve("fine/later"), "a change");
    Files.writeString(directory.resolve("more/later"), "a change");
    await().atMost(LIMIT).until(() -> Files.exists(program.copy.resolve("fine/later")));
    await().atMost(LIMIT).until(() -> Files.exists(program.link.root().resolve("more/later")));
    assertThat(agent.isAlive()).isTrue();
    assertThat(program.run("status").out()).contains("endless", "links");
  }

  /** So much that the source does not have, that what is to be deleted does not fit into memory. */
  @Test
  void deletesNothingWhereTheTargetHasDirectoriesWithoutEnd() throws IOException {
    Files.createDirectory(program.copy.resolve("extra"));
    Files.writeString(program.copy.resolve("fine/extra"), "to be deleted");
    startAgent();
    awaitLog("the target has more that the source does not have than fits into memory");
    await().atMost(LIMIT).until(() -> Files.exists(program.copy.resolve("fine/file")));
    await().atMost(LIMIT).until(() -> Files.exists(program.link.root().resolve("more/file")));
    assertThat(agent.isAlive()).isTrue();
    assertThat(program.copy.resolve("fine/extra")).exists();
  }

  @Test
  void readsNoFurtherThanAFileGoesToVerifyIt() throws IOException {
    hostile.behave();
    FileTime time = FileTime.from(Instant.parse("2020-01-02T03:04:05Z"));
    for (Path side : List.of(program.source, program.copy)) {
      Path file = Files.writeString(side.resolve("fine/file"), "of the site");
      Files.setLastModifiedTime(file, time);
      for (Path each :
          List.of(side.resolve("endless"), side.resolve("links"), side.resolve("fine"), side)) {
        Files.setLastModifiedTime(each, time);
      }
    }
    hostile.on(
        SftpPackets.READ,
        (asked, right) ->
            List.of(
                packet(SftpPackets.DATA, SftpPackets.id(asked))
                    .string("x".repeat(32_768))
                    .build()));

    var result = program.run("verify", "--checksum");

    assertThat(result.out()).contains("<fc........ fine/file");
    assertThat(result.code()).isNotZero();
  }
}
