package io.relais.sync.remote.sftp;

import static io.relais.testbed.ssh.SftpPackets.packet;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.loopback.LoopbackLink;
import io.relais.sftp.ListingMemoryBudget;
import io.relais.sftp.SftpListing;
import io.relais.sftp.SftpStatusException;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.Rounds;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.HostileSftp;
import io.relais.testbed.ssh.HostileSftp.Misbehaviour;
import io.relais.testbed.ssh.SftpPackets;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.assertj.core.api.Condition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Listings and symlinks beyond all measure are problems of their path; the rest goes on. */
@SuppressWarnings("NullAway.Init")
final class HostileListingsTest {
  private static final RelPath LARGE = RelPath.ofLatin1("large");
  private static final int NAMES_IN_A_REPLY = 1_000;

  /** No file is so new that it has to be given time. */
  private static final InstantSource AHEAD =
      InstantSource.offset(InstantSource.system(), Duration.ofHours(1));

  @TempDir private Path directory;

  private final TemporaryNameGenerator names = new TemporaryNameGenerator("hostile");
  private LoopbackLink link;
  private HostileSftp hostile;
  private TestLinks links;
  private Path source;
  private Path copy;

  /** The directory that each handle was opened for. */
  private final Map<String, String> handles = new ConcurrentHashMap<>();

  /** How many replies each handle has had. */
  private final Map<String, AtomicInteger> replies = new ConcurrentHashMap<>();

  @BeforeEach
  void start() throws Exception {
    source = directory.resolve("source");
    copy = directory.resolve("root/site");
    Files.createDirectories(source.resolve("large"));
    Files.createDirectories(copy.resolve("large"));
    link = LoopbackLink.start(directory.resolve("ssh"), directory.resolve("root"));
    hostile = HostileSftp.at(link);
    hostile.on(
        SftpPackets.OPENDIR,
        (asked, right) -> {
          handles.put(SftpPackets.string(right), SftpPackets.string(asked));
          replies.put(SftpPackets.string(right), new AtomicInteger());
          return List.of(right);
        });
    links = TestLinks.of(link.sshConfig());
  }

  @AfterEach
  void stop() throws Exception {
    links.close();
    link.close();
  }

  private SyncTarget open() throws Exception {
    return links.to("backup", "/site", names).open(() -> {});
  }

  /** What is said, reply by reply; null ends it. */
  private interface Replies {
    byte @Nullable [] of(int id, int number);
  }

  /** Lists {@code /site/large}. */
  private void list(Replies reply) {
    hostile.on(
        SftpPackets.READDIR,
        (asked, right) -> {
          String handle = SftpPackets.string(asked);
          if (!"/site/large".equals(handles.get(handle))) {
            return List.of(right);
          }
          int number = requireNonNull(replies.get(handle)).getAndIncrement();
          int id = SftpPackets.id(asked);
          byte[] said = reply.of(id, number);
          return List.of(said == null ? SftpPackets.status(id, SftpPackets.EOF, "") : said);
        });
  }

  private static byte[] thousand(int id, int number) {
    return SftpPackets.name(
        id,
        IntStream.range(0, NAMES_IN_A_REPLY)
            .mapToObj(i -> "file-" + (number * NAMES_IN_A_REPLY + i) + ".html")
            .toArray(String[]::new));
  }

  private static Misbehaviour text(String text) {
    return (asked, right) -> List.of(SftpPackets.name(SftpPackets.id(asked), text));
  }

  private static void assertRefused(SyncTarget target, String why) throws IOException {
    assertThatThrownBy(() -> target.list(LARGE))
        .isInstanceOf(TargetException.class)
        .hasMessageContaining("/site/large")
        .hasMessageContaining(why);
    assertThat(target.list(RelPath.ROOT)).containsKey("large");
  }

  @Test
  void listsAMillionEntries() throws Exception {
    list((id, number) -> number < 1_000 ? thousand(id, number) : null);
    try (SyncTarget target = open()) {
      assertThat(target.list(LARGE)).hasSize(1_000_000);
    }
  }

  @Test
  void refusesTheSameNamesAgainAndAgain() throws Exception {
    list((id, number) -> SftpPackets.name(id, "file"));
    try (SyncTarget target = open()) {
      assertRefused(target, "the same names again and again");
    }
  }

  @Test
  void takesANameThatComesTwice() throws Exception {
    list((id, number) -> number < 4 ? thousand(id, number / 2) : null);
    try (SyncTarget target = open()) {
      assertThat(target.list(LARGE)).hasSize(2_000);
    }
  }

  @Test
  void takesAnEmptyReplyNowAndThen() throws Exception {
    list(
        (id, number) ->
            number > 60
                ? null
                : number % 4 == 0 ? SftpPackets.name(id, "f" + number) : SftpPackets.name(id));
    try (SyncTarget target = open()) {
      assertThat(target.list(LARGE)).hasSize(16);
    }
  }

  @ParameterizedTest
  @CsvSource({"255, true", "256, false", "100000, false"})
  void takesNamesAsLongAsLinuxHasThem(int length, boolean taken) throws Exception {
    String name = "n".repeat(length);
    list((id, number) -> number == 0 ? SftpPackets.name(id, "file", name) : null);
    try (SyncTarget target = open()) {
      if (taken) {
        assertThat(target.list(LARGE)).containsOnlyKeys("file", name);
      } else {
        assertRefused(
            target, "a name there has %,d bytes, and 255 is the most: nn".formatted(length));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "4095,   true,  ''",
    "4096,   false, 'its text has 4,096 bytes, and Linux allows 4,095'",
    "200000, false, 'its text has 200,000 bytes'",
    "0,      false, its text is empty",
  })
  void takesSymlinksAsLongAsLinuxHasThem(int length, boolean taken, String why) throws Exception {
    String text = "t".repeat(length);
    list((id, number) -> number == 0 ? packet(104, id).integer(1).link("link").build() : null);
    hostile.on(SftpPackets.READLINK, text(text));
    try (SyncTarget target = open()) {
      if (taken) {
        assertThat(target.list(LARGE).get("link"))
            .isNotNull()
            .extracting(TargetEntry::linkTarget)
            .isEqualTo(text);
      } else {
        assertRefused(target, why);
      }
    }
  }

  /** A new name each time, so that only what comes beside the names never ends. */
  @Test
  void refusesMoreBesideANameThanAnyServerSays() throws Exception {
    list(
        (id, number) ->
            packet(104, id)
                .integer(1)
                .string("file-" + number)
                .string("l".repeat(20_000))
                .integer(0)
                .build());
    try (SyncTarget target = open()) {
      assertRefused(target, "what the server says of one entry has");
    }
  }

  @Test
  void refusesASymlinkWithANul() throws Exception {
    list((id, number) -> number == 0 ? packet(104, id).integer(1).link("link").build() : null);
    hostile.on(SftpPackets.READLINK, text("../a\0b"));
    try (SyncTarget target = open()) {
      assertRefused(target, "its text is cut by a NUL");
    }
  }

  @Test
  void keepsLittleOfManyLongSymlinks() throws Exception {
    list(
        (id, number) -> {
          if (number > 2) {
            return null;
          }
          SftpPackets reply = packet(104, id).integer(NAMES_IN_A_REPLY);
          IntStream.range(0, NAMES_IN_A_REPLY).forEach(i -> reply.link("link-" + number + "-" + i));
          return reply.build();
        });
    hostile.on(SftpPackets.READLINK, text("t".repeat(200_000)));
    try (SyncTarget target = open()) {
      assertRefused(target, "its text has 200,000 bytes");
    }
    assertThat(
            hostile.requests().stream()
                .filter(asked -> SftpPackets.type(asked) == SftpPackets.READLINK))
        .hasSizeLessThan(1_000);
  }

  /** Each would fit alone, and no two of them together. */
  @Test
  void givesManyListingsTheirTurnWhereThereIsRoomForOne() throws Exception {
    list((id, number) -> number < 10 ? thousand(id, number) : null);
    ListingMemoryBudget room = new ListingMemoryBudget(2 << 20);
    links.channels(
        "backup",
        (client, more) -> {
          try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Integer>> sizes = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
              sizes.add(
                  CompletableFuture.supplyAsync(
                      () -> {
                        try {
                          var listed =
                              SftpListing.list(
                                  client, "/site/large", room, (_, attributes, _) -> attributes);
                          try (ListingMemoryBudget.Share _ = listed.share()) {
                            return listed.entries().size();
                          }
                        } catch (IOException e) {
                          throw new UncheckedIOException(e);
                        }
                      },
                      threads));
            }
            assertThat(sizes).allSatisfy(size -> assertThat(size.join()).isEqualTo(10_000));
          }
          assertThatThrownBy(
                  () ->
                      SftpListing.list(
                          client,
                          "/site/large",
                          new ListingMemoryBudget(1 << 20),
                          (_, attributes, _) -> attributes))
              .isInstanceOf(SftpStatusException.class)
              .hasMessageContaining("list /site/large: it takes more than the 1 MiB");
          return client;
        });
  }

  @Test
  void mirrorsTheRestWhereOneDirectoryHasNoEnd() throws Exception {
    write(source.resolve("large/new"), "1");
    write(source.resolve("other/new"), "2");
    write(copy.resolve("other/extra"), "3");
    list((id, number) -> SftpPackets.name(id, "file"));
    Rounds rounds = new Rounds(source, directory, Long.MAX_VALUE, AHEAD);
    try (SyncTarget target = open()) {
      assertThat(rounds.problems(target, names))
          .containsOnlyKeys(LARGE)
          .hasValueSatisfying(containing("the same names again and again"));
      assertThat(copy.resolve("other/new")).hasContent("2");
      assertThat(copy.resolve("other/extra")).doesNotExist();

      hostile.behave();
      assertThat(rounds.problems(target, names)).isEmpty();
      assertThat(copy.resolve("large/new")).hasContent("1");
    }
  }

  /** What may be in it, and would have to stay, is not known. */
  @Test
  void removesNothingWhereADirectoryInTheWayCannotBeListed() throws Exception {
    write(source.resolve("file"), "1");
    Files.delete(source.resolve("large"));
    write(source.resolve("large"), "a file by now");
    write(copy.resolve("large/kept"), "2");
    list((id, number) -> SftpPackets.name(id, "file"));
    Rounds rounds = new Rounds(source, directory, Long.MAX_VALUE, AHEAD);
    try (SyncTarget target = open()) {
      assertThat(rounds.problems(target, names)).containsOnlyKeys(LARGE);
      assertThat(copy.resolve("file")).hasContent("1");
      assertThat(copy.resolve("large/kept")).hasContent("2");
    }
  }

  @Test
  void looksAtWhatAHintIsAboutAndReportsWhatCannotBe() throws Exception {
    Files.createSymbolicLink(source.resolve("link"), Path.of("here"));
    Files.createSymbolicLink(copy.resolve("link"), Path.of("there"));
    write(source.resolve("large/new"), "1");
    hostile.on(
        SftpPackets.READLINK,
        (asked, right) ->
            SftpPackets.string(asked).equals("/site/link")
                ? text("t".repeat(5_000)).instead(asked, right)
                : List.of(right));
    Rounds rounds = new Rounds(source, directory, Long.MAX_VALUE, AHEAD);
    try (SyncTarget target = open()) {
      assertThat(rounds.problems(target, names)).containsOnlyKeys(RelPath.ROOT);
      hostile.behave();
      assertThat(rounds.problems(target, names)).isEmpty();
      assertThat(copy.resolve("large/new")).hasContent("1");
    }
  }

  private static Condition<String> containing(String text) {
    return new Condition<>(said -> said.contains(text), "contains %s", text);
  }

  private static void write(Path file, String content) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2020-01-02T03:04:05Z")));
  }
}
