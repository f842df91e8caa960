package io.relais.sync.remote.sftp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.google.common.hash.Hashing;
import io.relais.loopback.LoopbackLink;
import io.relais.sftp.SftpClient;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.Rounds;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.HostileSftp;
import io.relais.testbed.ssh.SftpPackets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * A whole mirror (a scan, uploads, deltas, removals, moves, and all of it read back) with a server
 * whose replies are wrong at random. Whatever it says, the mirror ends with one of the exceptions
 * that {@link SyncTarget} names, soon; nothing at the source changes; and nothing is asked of the
 * server that is not in the mirror's root.
 *
 * <p>{@code -Drelais.fuzz.seconds} says how long, {@code -Drelais.seed} with what; a failure names
 * the seed of its round.
 */
@SuppressWarnings("NullAway.Init")
final class SftpFuzzTest {
  private static final Duration LENGTH =
      Duration.ofSeconds(Long.getLong("relais.fuzz.seconds", 20));

  private static final long SEED = Long.getLong("relais.seed", System.nanoTime());

  /** A reply that never comes would be waited for; then the network ends, as it does at last. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Beside what the test itself keeps; the JVM of the tests has 1 GiB. */
  private static final long MOST_MEMORY = 300L << 20;

  private static final int LARGE = 300_000;

  /** No file is so new that it has to be given time. */
  private static final InstantSource AHEAD =
      InstantSource.offset(InstantSource.system(), Duration.ofHours(1));

  /** What no server may cause; MINA tells of it, and ends the session. */
  private static final Pattern DEFECT =
      Pattern.compile(
          "(NullPointer|IndexOutOfBounds|IllegalArgument|IllegalState|BufferUnderflow|ClassCast"
              + "|NegativeArraySize|Arithmetic|NoSuchElement|ConcurrentModification)Exception"
              + "|OutOfMemoryError|StackOverflowError|AssertionError");

  @TempDir private Path directory;

  private final TemporaryNameGenerator names = new TemporaryNameGenerator("fuzz");
  private final FakeClock clock = new FakeClock();
  private final Queue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
  private final Queue<String> defects = new ConcurrentLinkedQueue<>();
  private final Map<String, Integer> outcomes = new TreeMap<>();
  private final DefectLog log = new DefectLog();
  private Thread.UncaughtExceptionHandler before;
  private LoopbackLink link;
  private HostileSftp hostile;
  private Path source;
  private Path copy;

  @BeforeEach
  void start() throws Exception {
    source = Files.createDirectory(directory.resolve("source"));
    copy = Files.createDirectories(directory.resolve("root/site"));
    Files.writeString(directory.resolve("root/outside"), "not of this mirror");
    link = LoopbackLink.start(directory.resolve("ssh"), directory.resolve("root"));
    hostile = HostileSftp.at(link);
    before = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> uncaught.add(failure));
    log.start();
    root().addAppender(log);
  }

  @AfterEach
  void stop() throws Exception {
    root().detachAppender(log);
    Thread.setDefaultUncaughtExceptionHandler(before);
    link.close();
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  /** Keeps what tells of a defect of ours; the server's own log is not of interest. */
  private final class DefectLog extends AppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
      String message = event.getFormattedMessage();
      boolean isServers =
          message.contains("ServerSession") || event.getLoggerName().contains("loopback");
      if (!isServers && DEFECT.matcher(message).find()) {
        defects.add(event.getLoggerName() + ": " + message);
      }
    }
  }

  @Test
  void nothingThatTheServerSaysDoesHarm() throws Exception {
    System.out.println("SftpFuzzTest: -Drelais.seed=" + SEED);
    long end = System.nanoTime() + LENGTH.toNanos();
    TestLinks links = TestLinks.of(link.sshConfig(), clock);
    try {
      int rounds = 0;
      for (long seed = SEED; rounds == 0 || System.nanoTime() < end; seed++, rounds++) {
        Random random = new Random(seed);
        change(random);
        Map<String, String> before = tree(source);
        round(links, seed, random);
        assertThat(tree(source)).as("the source, seed %d", seed).isEqualTo(before);
        assertThat(uncaught).as("seed %d", seed).isEmpty();
        assertThat(defects).as("seed %d", seed).isEmpty();
        for (byte[] asked : hostile.takeRequests()) {
          assertThat(pathsOf(asked)).as("seed %d", seed).allMatch(SftpFuzzTest::isInside);
        }
        clock.advanceTo(clock.instant().plusSeconds(600));
      }
      assertThat(directory.resolve("root/outside")).hasContent("not of this mirror");
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      assertThat(runtime.totalMemory() - runtime.freeMemory()).isLessThan(MOST_MEMORY);
      System.out.println("SftpFuzzTest: " + rounds + " rounds: " + outcomes);
    } finally {
      links.close();
    }
  }

  /** One connection with one kind of server, which must end by itself, or with the network. */
  private void round(TestLinks links, long seed, Random random) throws Exception {
    int[] rates = {5, 20, 50, 150, 500};
    hostile.behave();
    hostile.add(new ReplyMutator(seed, rates[random.nextInt(rates.length)], random.nextBoolean()));
    List<Throwable> failures = new ArrayList<>();
    Thread mirror =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    use(links);
                    count("done");
                  } catch (TargetException
                      | TargetUnavailableException
                      | TargetRefusedException e) {
                    count(e.getClass().getSimpleName());
                    addUnexpectedCauses(e, failures);
                  } catch (Throwable e) {
                    failures.add(e);
                  }
                });
    if (!mirror.join(PATIENCE)) {
      count("cut");
      hostile.behave();
      link.dropConnections();
      if (!mirror.join(LIMIT)) {
        throw new AssertionError("seed " + seed + ": it is stuck");
      }
    }
    for (Throwable failure : failures) {
      throw new AssertionError("seed " + seed + ": " + failure, failure);
    }
  }

  private synchronized void count(String outcome) {
    outcomes.merge(outcome, 1, Integer::sum);
  }

  private static void addUnexpectedCauses(Throwable failure, List<Throwable> failures) {
    for (Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof RuntimeException || at instanceof Error) {
        failures.add(failure);
      }
    }
  }

  private void use(TestLinks links) throws Exception {
    try (SyncTarget target = links.to("backup", "/site", names).open(() -> {})) {
      Rounds rounds = new Rounds(source, directory, LARGE / 2, AHEAD);
      mirror(rounds, target);
      mirror(rounds, target);
      readBack(target, RelPath.ROOT, 0);
      target.space(RelPath.ROOT);
    }
  }

  /** What the server refuses is a problem of its path: the rest of the round is carried out. */
  private void mirror(Rounds rounds, SyncTarget target) throws IOException {
    try {
      rounds.problems(target, names).values().forEach(this::countProblem);
    } catch (TargetException e) {
      throw new AssertionError("a refusal ended the round", e);
    }
  }

  private void countProblem(String why) {
    count("problem of a path");
    assertThat(why).hasSizeLessThan(10_000).doesNotContain("\n", "Exception");
  }

  private static void readBack(SyncTarget target, RelPath directory, int depth) throws IOException {
    for (Map.Entry<String, TargetEntry> each : target.list(directory).entrySet()) {
      RelPath path = directory.child(each.getKey());
      if (each.getValue().kind() == EntryKind.DIRECTORY && depth < 3) {
        readBack(target, path, depth + 1);
      } else if (each.getValue().kind() == EntryKind.FILE) {
        long[] read = new long[1];
        target.read(path, LARGE, (bytes, offset, length) -> read[0] += length);
        assertThat(read[0]).isLessThanOrEqualTo(LARGE);
      }
    }
  }

  /** Something new to mirror, of each kind. */
  private void change(Random random) throws IOException {
    Path below = Files.createDirectories(source.resolve("d" + random.nextInt(3)));
    for (int i = 0; i < 5; i++) {
      byte[] content = new byte[random.nextInt(3_000)];
      random.nextBytes(content);
      Files.write(below.resolve("file-" + random.nextInt(10)), content);
    }
    Path large = source.resolve("large");
    byte[] content = new byte[LARGE];
    if (Files.exists(large)) {
      content = Files.readAllBytes(large);
    } else {
      random.nextBytes(content);
    }
    content[random.nextInt(LARGE)]++;
    Files.write(large, content);
    Path symlink = below.resolve("link");
    Files.deleteIfExists(symlink);
    Files.createSymbolicLink(symlink, Path.of("file-" + random.nextInt(10)));
    Files.deleteIfExists(below.resolve("file-" + random.nextInt(10)));
    Files.writeString(copy.resolve("extra-" + random.nextInt(5)), "not at the source");
  }

  private static Map<String, String> tree(Path root) throws IOException {
    Map<String, String> tree = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.toList()) {
        BasicFileAttributes found =
            Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        String what =
            found.isSymbolicLink()
                ? Files.readSymbolicLink(path).toString()
                : found.isRegularFile()
                    ? Hashing.sha256().hashBytes(Files.readAllBytes(path)).toString()
                    : "";
        tree.put(
            root.relativize(path).toString(),
            what + " at " + found.lastModifiedTime().to(TimeUnit.NANOSECONDS));
      }
    }
    return tree;
  }

  /** The paths that a request names: of a symlink the place, not what it says. */
  private static List<String> pathsOf(byte[] asked) {
    String first = SftpPackets.string(asked);
    int afterFirst = 9 + 4 + first.getBytes(ISO_8859_1).length;
    String second = SftpPackets.string(asked, afterFirst);
    return switch (SftpPackets.type(asked)) {
      case 3 -> List.of(opensDirectory(asked, first, afterFirst) ? parentOfDot(first) : first);
      case 7, 9, 11, 13, 14, 15, 16, 17, 19 -> List.of(first);
      case 18 -> List.of(first, second);
      case 20 -> List.of(second);
      case 200 ->
          switch (first) {
            case "posix-rename@openssh.com", "hardlink@openssh.com" ->
                List.of(second, SftpPackets.string(asked, afterFirst + 4 + second.length()));
            case "lsetstat@openssh.com" -> List.of(second);
            // How full the disk is may be asked where the mirror's own directory is to be made.
            case "statvfs@openssh.com" -> second.equals("/") ? List.of() : List.of(second);
            default -> List.of();
          };
      default -> List.of();
    };
  }

  /**
   * A directory is opened by the name of its dot, and only to be read: so it can be nothing else.
   */
  private static boolean opensDirectory(byte[] asked, String path, int afterPath) {
    return path.endsWith("/.") && ByteBuffer.wrap(asked).getInt(afterPath) == SftpClient.READ_FLAG;
  }

  private static String parentOfDot(String path) {
    return path.substring(0, path.length() - 2);
  }

  private static boolean isInside(String path) {
    if (path.equals("/site") || path.equals("/site/.")) {
      return true;
    }
    return path.startsWith("/site/")
        && Stream.of(path.substring(6).split("/", -1))
            .noneMatch(name -> name.isEmpty() || name.equals(".") || name.equals(".."));
  }
}
