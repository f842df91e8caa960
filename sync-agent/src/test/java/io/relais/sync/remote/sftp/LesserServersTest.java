package io.relais.sync.remote.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.hash.Hashing;
import io.relais.loopback.LoopbackLink;
import io.relais.sync.delta.Edits;
import io.relais.sync.remote.CountingTarget;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.Rounds;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.LinuxDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A whole mirror at servers that have not every extension. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class LesserServersTest {
  private static final long SEED = Long.getLong("relais.seed", 4);
  private static final int LARGE = 1 << 20;
  private static final int MIN = 256 << 10;

  /** No file is so new that it has to be given time. */
  private static final InstantSource AHEAD =
      InstantSource.offset(InstantSource.system(), Duration.ofHours(1));

  @TempDir static Path servers;
  @TempDir Path directory;

  private final TemporaryNameGenerator names = new TemporaryNameGenerator("lesser");
  private LoopbackLink server;
  private Path source;
  private Path copy;
  private Rounds rounds;
  private boolean linkTimes;
  private int files;

  @BeforeAll
  void start() throws IOException {
    Path root = LinuxDisk.newDirectory();
    server = LoopbackLink.start(servers.resolve("server"), root);
  }

  @AfterAll
  void stop() throws IOException {
    server.close();
  }

  @AfterEach
  void heal() {
    server.heal();
  }

  @ParameterizedTest(name = "without {0}")
  @CsvSource({
    "nothing,      true,  true,  ",
    "copying,      true,  false, copy-data",
    "limits,       true,  true,  limits@openssh.com",
    "link times,   true,  true,  lsetstat@openssh.com",
    "free space,   true,  true,  statvfs@openssh.com",
    "flushes,      false, true,  fsync@openssh.com",
    "any of them,  false, false, "
        + "copy-data limits@openssh.com lsetstat@openssh.com statvfs@openssh.com fsync@openssh.com",
  })
  void followsATreeAtAServer(String what, boolean durable, boolean copies, String withheld)
      throws Exception {
    Random random = new Random(SEED);
    withhold(withheld);
    begin("followed-" + what.replace(' ', '-'));
    byte[] large = Edits.file(random, LARGE);
    write("large", large);
    for (int i = 0; i < 30; i++) {
      write("some/%d/file-%d".formatted(i % 4, i), Edits.file(random, random.nextInt(9_000)));
    }
    Files.createDirectory(source.resolve("empty"));
    Files.createSymbolicLink(source.resolve("link"), Path.of("some/0"));
    round(durable, copies);

    large = Edits.several(random, large, 3, 10_000).content();
    write("large", large);
    write("some/1/file-1", new byte[0]);
    write("some/new", Edits.file(random, 40_000));
    long sent = round(durable, copies);
    assertThat(sent)
        .as("bytes sent, seed %s", SEED)
        .satisfies(bytes -> assertThat(bytes < LARGE / 2).isEqualTo(copies));

    Files.move(source.resolve("large"), source.resolve("some/2/larger"));
    Files.move(source.resolve("some"), source.resolve("other"));
    Files.delete(source.resolve("link"));
    Files.createSymbolicLink(source.resolve("link"), Path.of("other/0"));
    Files.delete(source.resolve("other/3/file-3"));
    assertThat(round(durable, copies)).as("bytes sent of what moved").isZero();

    large[large.length / 2]++;
    write("other/2/larger", large);
    assertThat(round(durable, copies) < LARGE / 2).isEqualTo(copies);
  }

  @ParameterizedTest
  @CsvSource({
    "true,  posix-rename@openssh.com, posix-rename@openssh.com",
    "false, posix-rename@openssh.com, posix-rename@openssh.com",
    "true,  fsync@openssh.com,        fsync@openssh.com",
    "false, posix-rename@openssh.com, "
        + "posix-rename@openssh.com fsync@openssh.com limits@openssh.com copy-data",
  })
  void refusesAServerThatCannotKeepAMirrorSafe(boolean durable, String named, String withheld)
      throws Exception {
    withhold(withheld);
    begin("refused");
    try (TestLinks client = TestLinks.of(server.sshConfig())) {
      assertThatThrownBy(() -> open(client, durable))
          .isInstanceOf(TargetRefusedException.class)
          .hasMessageContaining(named);
    }
    assertThat(copy).doesNotExist();
  }

  private void withhold(String extensions) {
    server.withhold(extensions == null ? new String[0] : extensions.split(" "));
    linkTimes = extensions == null || !extensions.contains("lsetstat");
  }

  private void begin(String name) throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    copy = server.root().resolve(name);
    rounds = new Rounds(source, directory, MIN, AHEAD);
  }

  private SyncTarget open(TestLinks client, boolean durable) throws Exception {
    TargetOptions options =
        new TargetOptions(durable, false, Optional.empty(), TargetOptions.Wide.USUAL);
    return client.to("backup", "/" + copy.getFileName(), names, options).open(() -> {});
  }

  /** Each with a time of its own, in the past. */
  private void write(String name, byte[] content) throws IOException {
    Path file = source.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
    Files.setPosixFilePermissions(
        file, PosixFilePermissions.fromString(files % 2 == 0 ? "rw-r-----" : "rwxr-xr-x"));
    Files.setLastModifiedTime(file, FileTime.from(1_600_000_000 + files++, TimeUnit.SECONDS));
  }

  /** Mirrors everything over a new connection; how many bytes of files were sent. */
  private long round(boolean durable, boolean copies) throws Exception {
    long sent;
    try (TestLinks client = TestLinks.of(server.sshConfig());
        SyncTarget target = open(client, durable)) {
      assertThat(target.capabilities().copiesRanges()).isEqualTo(copies);
      CountingTarget counting = new CountingTarget(target);
      rounds.all(counting.asTarget(), names);
      sent = counting.sentBytes();
    }
    assertThat(tree(copy)).as("seed %s", SEED).isEqualTo(tree(source));
    return sent;
  }

  private Map<String, String> tree(Path root) throws IOException {
    Map<String, String> tree = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.skip(1).toList()) {
        tree.put(root.relativize(path).toString(), described(path));
      }
    }
    return tree;
  }

  private String described(Path path) throws IOException {
    PosixFileAttributes found =
        Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    long time = found.lastModifiedTime().to(TimeUnit.SECONDS);
    if (found.isSymbolicLink()) {
      return "-> " + Files.readSymbolicLink(path) + (linkTimes ? " at " + time : "");
    }
    String mode = PosixFilePermissions.toString(found.permissions());
    return found.isDirectory()
        ? "d" + mode + " at " + time
        : "f%s at %d: %s"
            .formatted(mode, time, Hashing.sha256().hashBytes(Files.readAllBytes(path)));
  }
}
