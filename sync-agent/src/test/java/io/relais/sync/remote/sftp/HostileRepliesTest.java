package io.relais.sync.remote.sftp;

import static io.relais.testbed.ssh.SftpPackets.packet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.relais.loopback.LoopbackLink;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.ssh.TestLinks;
import io.relais.testbed.ssh.HostileSftp;
import io.relais.testbed.ssh.HostileSftp.Misbehaviour;
import io.relais.testbed.ssh.LinuxDisk;
import io.relais.testbed.ssh.SftpPackets;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What no right server says is refused, with what is wrong, and the connection made anew. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init")
final class HostileRepliesTest {
  private static final RelPath FILE = RelPath.ofLatin1("file");
  private static final RelPath NOTHING = RelPath.ofLatin1("nothing");
  private static final RelPath LINK = RelPath.ofLatin1("link");

  @TempDir static Path directory;

  private LoopbackLink link;
  private HostileSftp hostile;
  private TestLinks links;

  @BeforeAll
  void start() throws Exception {
    Path root = LinuxDisk.newDirectory();
    Path site = Files.createDirectory(root.resolve("site"));
    Files.writeString(site.resolve("file"), "content");
    Files.createSymbolicLink(site.resolve("link"), root.getFileSystem().getPath("file"));
    link = LoopbackLink.start(directory.resolve("ssh"), root);
  }

  @AfterAll
  void stop() throws Exception {
    link.close();
  }

  @BeforeEach
  void tamper() {
    hostile = HostileSftp.at(link);
    links = TestLinks.of(link.sshConfig());
  }

  @AfterEach
  void disconnect() {
    link.heal();
    links.close();
  }

  private SyncTarget open() throws Exception {
    return links.to("backup", "/site", new TemporaryNameGenerator("hostile")).open(() -> {});
  }

  /** What the client does, and what must be refused of the answers. */
  enum Use {
    LIST(SftpPackets.READDIR) {
      @Override
      void of(SyncTarget target) throws Exception {
        target.list(RelPath.ROOT);
      }
    },
    OPEN_TO_LIST(SftpPackets.OPENDIR) {
      @Override
      void of(SyncTarget target) throws Exception {
        target.list(RelPath.ROOT);
      }
    },
    LOOK(SftpPackets.LSTAT) {
      @Override
      void of(SyncTarget target) throws Exception {
        // Twice, for what comes after the first answer.
        target.stat(FILE);
        target.stat(FILE);
      }
    },
    LOOK_AT_LINK(SftpPackets.READLINK) {
      @Override
      void of(SyncTarget target) throws Exception {
        target.stat(LINK);
      }
    },
    READ(SftpPackets.READ) {
      @Override
      void of(SyncTarget target) throws Exception {
        target.read(FILE, Long.MAX_VALUE, (bytes, offset, length) -> {});
      }
    },
    ASK_FOR_SPACE(SftpPackets.EXTENDED) {
      @Override
      void of(SyncTarget target) throws Exception {
        target.space(RelPath.ROOT);
      }
    },
    REMOVE(13) {
      @Override
      void of(SyncTarget target) throws Exception {
        target.make(new RemoteChange.RemoveFile(NOTHING));
      }
    };

    final int request;

    Use(int request) {
      this.request = request;
    }

    abstract void of(SyncTarget target) throws Exception;
  }

  /** A wrong answer: what is said in place of the right one. */
  record Wrong(String name, Use use, String said, Misbehaviour how) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Wrong wrong(String name, Use use, String said, Misbehaviour how) {
    return new Wrong(name, use, said, how);
  }

  private static Misbehaviour saying(IntFunction<byte[]> reply) {
    return (asked, right) -> List.of(reply.apply(SftpPackets.id(asked)));
  }

  private static Misbehaviour raw(int... bytes) {
    byte[] raw = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      raw[i] = (byte) bytes[i];
    }
    return (asked, right) -> List.of(raw);
  }

  static Stream<Wrong> wrongs() {
    return Stream.of(
        // Framing.
        wrong("length 0", Use.LOOK, "a packet of 0 bytes", raw(0, 0, 0, 0)),
        wrong("length 4", Use.LOOK, "a packet of 4 bytes", raw(0, 0, 0, 4, 101, 0, 0, 0)),
        wrong("length -1", Use.LOOK, "a packet of 4,294,967,295 bytes", raw(-1, -1, -1, -1)),
        wrong("length 1 MiB", Use.LOOK, "a packet of 1,048,576 bytes", raw(0, 16, 0, 0)),
        // Ids and types.
        wrong(
            "an unknown id",
            Use.LOOK,
            "which is not under way",
            (asked, right) -> List.of(SftpPackets.status(1_000_000, 4, ""))),
        wrong(
            "the same answer twice",
            Use.LOOK,
            "which is not under way",
            (asked, right) -> List.of(right, right)),
        wrong(
            "a greeting in the middle",
            Use.LOOK,
            "it greets a second time",
            (asked, right) -> List.of(packet(SftpPackets.VERSION, 3).build(), right)),
        wrong("an unknown type", Use.LOOK, "its type is 77", saying(id -> packet(77, id).build())),
        wrong(
            "a request as the answer",
            Use.LOOK,
            "its type is 7,",
            saying(id -> packet(SftpPackets.LSTAT, id).string("/").build())),
        wrong(
            "data for a look",
            Use.LOOK,
            "its type is 103",
            saying(id -> packet(SftpPackets.DATA, id).string("content").build())),
        wrong(
            "a name for a look",
            Use.LOOK,
            "its type is 104",
            saying(id -> SftpPackets.name(id, "file"))),
        wrong(
            "attributes for a directory's handle",
            Use.OPEN_TO_LIST,
            "its type is 105",
            saying(id -> packet(SftpPackets.ATTRS, id).integer(0).build())),
        wrong(
            "a handle for a listing",
            Use.LIST,
            "its type is 102",
            saying(id -> packet(SftpPackets.HANDLE, id).string("h").build())),
        wrong(
            "a handle for a removal",
            Use.REMOVE,
            "its type is 102",
            saying(id -> packet(SftpPackets.HANDLE, id).string("h").build())),
        // Status.
        wrong(
            "no status code", Use.REMOVE, "ends too early", saying(id -> packet(101, id).build())),
        wrong("status -1", Use.REMOVE, "status -1", saying(id -> SftpPackets.status(id, -1, ""))),
        wrong("status 99", Use.REMOVE, "status 99", saying(id -> SftpPackets.status(id, 99, ""))),
        wrong("OK for a look", Use.LOOK, "status 0", saying(id -> SftpPackets.status(id, 0, "OK"))),
        wrong(
            "a status whose text is longer than it",
            Use.REMOVE,
            "a string of 1,000 bytes in the last 0",
            saying(id -> packet(101, id).integer(4).integer(1_000).build())),
        // Handles.
        wrong(
            "a handle of 257 bytes",
            Use.OPEN_TO_LIST,
            "type 102 with",
            saying(id -> packet(102, id).string("h".repeat(257)).build())),
        wrong(
            "a handle of length -1",
            Use.OPEN_TO_LIST,
            "a string of 4,294,967,295 bytes",
            saying(id -> packet(102, id).integer(-1).build())),
        wrong(
            "half a handle",
            Use.OPEN_TO_LIST,
            "a string of 9 bytes in the last 1",
            saying(id -> packet(102, id).integer(9).octet(1).build())),
        // Attributes.
        wrong(
            "unknown flags",
            Use.LOOK,
            "attributes with the flags 0x10000",
            saying(id -> packet(105, id).integer(0x10000).build())),
        wrong(
            "a negative size",
            Use.LOOK,
            "a size of 18446744073709551615 bytes",
            saying(id -> packet(105, id).integer(1).longInteger(-1).build())),
        wrong(
            "-1 extended attributes",
            Use.LOOK,
            "4,294,967,295 extended attributes",
            saying(id -> packet(105, id).integer(0x8000_0000).integer(-1).build())),
        wrong(
            "more extended attributes than there are",
            Use.LOOK,
            "1,000 extended attributes",
            saying(id -> packet(105, id).integer(0x8000_0000).integer(1_000).build())),
        wrong(
            "200,000 bytes of extended attributes",
            Use.LOOK,
            "type 105 with",
            saying(
                id ->
                    packet(105, id)
                        .integer(0x8000_0000)
                        .integer(1)
                        .string("x")
                        .string("x".repeat(200_000))
                        .build())),
        // Listings.
        wrong(
            "-1 names",
            Use.LIST,
            "4,294,967,295 names in 0 bytes",
            saying(id -> packet(104, id).integer(-1).build())),
        wrong(
            "a thousand million names",
            Use.LIST,
            "1,000,000,000 names",
            saying(id -> packet(104, id).integer(1_000_000_000).file("a").build())),
        wrong(
            "more names than there are",
            Use.LIST,
            "ends too early",
            saying(id -> packet(104, id).integer(2).file("a").build())),
        wrong("no names for ever", Use.LIST, "no names, 17 times", saying(SftpPackets::name)),
        wrong(
            "a name with a slash",
            Use.LIST,
            "'../../etc' as a name in /site",
            saying(id -> SftpPackets.name(id, "../../etc"))),
        wrong("an empty name", Use.LIST, "'' as a name in", saying(id -> SftpPackets.name(id, ""))),
        wrong(
            "a name with a NUL",
            Use.LIST,
            "'a\\x00b' as a name",
            saying(id -> SftpPackets.name(id, "a\0b"))),
        // Symlinks.
        wrong(
            "no text of a symlink",
            Use.LOOK_AT_LINK,
            "0 texts",
            saying(id -> SftpPackets.name(id))),
        wrong(
            "two texts of a symlink",
            Use.LOOK_AT_LINK,
            "2 texts",
            saying(id -> SftpPackets.name(id, "a", "b"))),
        // Reads.
        wrong(
            "more data than was asked for",
            Use.READ,
            "type 103 with",
            saying(id -> packet(103, id).string("x".repeat(40_000)).build())),
        wrong(
            "no data for ever",
            Use.READ,
            "no data, and no end",
            saying(id -> packet(103, id).string("").build())),
        wrong(
            "data that is cut",
            Use.READ,
            "a string of 5 bytes in the last 0",
            saying(id -> packet(103, id).integer(5).build())),
        // Extended.
        wrong(
            "free space that is cut",
            Use.ASK_FOR_SPACE,
            "ends too early",
            (asked, right) -> {
              byte[] cut = Arrays.copyOf(right, 40);
              ByteBuffer.wrap(cut).putInt(0, 36);
              return List.of(cut);
            }));
  }

  @ParameterizedTest
  @MethodSource("wrongs")
  void refuses(Wrong wrong) throws Exception {
    SyncTarget target = open();
    try (target) {
      hostile.on(wrong.use().request, wrong.how());
      assertThatThrownBy(() -> wrong.use().of(target))
          .isInstanceOf(TargetUnavailableException.class)
          .hasMessageContaining("the server sent an invalid SFTP reply")
          .hasMessageContaining(wrong.said());
      hostile.behave();
    }
    try (SyncTarget again = open()) {
      assertThat(again.stat(FILE)).isNotNull();
    }
  }

  static Stream<Wrong> greetings() {
    return Stream.of(
        wrong("nothing but a status", Use.LOOK, "", saying(id -> SftpPackets.status(id, 4, ""))),
        wrong("version 6", Use.LOOK, "version 6", saying(id -> packet(2, 6).build())),
        wrong(
            "half an extension",
            Use.LOOK,
            "a string of 100 bytes",
            saying(id -> packet(2, 3).string("a").integer(100).build())),
        wrong(
            "a greeting of 200,000 bytes",
            Use.LOOK,
            "a greeting of",
            saying(id -> packet(2, 3).string("a").string("b".repeat(200_000)).build())));
  }

  @ParameterizedTest
  @MethodSource("greetings")
  void refusesAGreeting(Wrong wrong) {
    hostile.on(SftpPackets.INIT, wrong.how());
    assertThatThrownBy(this::open)
        .isInstanceOf(TargetUnavailableException.class)
        .hasMessageContaining(wrong.said());
  }

  @ParameterizedTest
  @CsvSource({
    "1,      261120, 261120, 1000, 1 bytes in a packet",
    "262144, 1,      261120, 1000, 1 bytes in a read",
    "262144, 261120, 1,      1000, 1 bytes in a write",
    "262144, 261120, 4095,   1000, '4,095 bytes in a write'",
    "262144, 261120, 261120, 1,    1 files open at once",
  })
  void refusesLimitsThatNoMirrorCanKeep(
      long packet, long read, long write, long handles, String said) {
    limits(packet, read, write, handles);
    assertThatThrownBy(this::open)
        .isInstanceOf(TargetRefusedException.class)
        .hasMessageContaining("limits@openssh.com")
        .hasMessageContaining(said);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 0",
    "34000, 32768, 32768, 64",
    "4096, 4096, 4096, 16",
    "-1, -1, -1, -1", // 2^64 - 1: none at all
  })
  void keepsToLimitsThatCanBeKept(long packet, long read, long write, long handles)
      throws Exception {
    limits(packet, read, write, handles);
    try (SyncTarget target = open()) {
      assertThat(target.stat(FILE)).isNotNull();
    }
  }

  private void limits(long packet, long read, long write, long handles) {
    hostile.on(
        SftpPackets.EXTENDED,
        (asked, right) ->
            SftpPackets.string(asked).equals("limits@openssh.com")
                ? List.of(
                    packet(SftpPackets.EXTENDED_REPLY, SftpPackets.id(asked))
                        .longInteger(packet)
                        .longInteger(read)
                        .longInteger(write)
                        .longInteger(handles)
                        .build())
                : List.of(right));
  }

  @Test
  void showsWhatTheServerSaysOnOneLineAndNotAllOfIt() throws Exception {
    try (SyncTarget target = open()) {
      hostile.on(
          13,
          saying(
              id ->
                  SftpPackets.status(
                      id, 4, "no\nway\u001b[31m " + "\u00c3\u00a4".repeat(100_000))));
      assertThatThrownBy(() -> target.make(new RemoteChange.RemoveFile(NOTHING)))
          .isInstanceOf(TargetException.class)
          .hasMessageContaining("no\\nway\\x1b[31m \u00e4\u00e4")
          .hasMessageEndingWith("\u00e4 [...]")
          .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
      hostile.behave();
      assertThat(target.stat(FILE)).isNotNull();
    }
  }

  @Test
  void knowsTheCodesOfLaterVersionsForRefusals() throws Exception {
    try (SyncTarget target = open()) {
      hostile.on(13, saying(id -> SftpPackets.status(id, 14, "")));
      assertThatThrownBy(() -> target.make(new RemoteChange.RemoveFile(NOTHING)))
          .isInstanceOf(TargetException.class)
          .hasMessageContaining("status 14");
    }
  }

  @Test
  void endsTheChannelAloneThatIsBroken() throws Exception {
    try (SyncTarget one = open();
        SyncTarget other = open()) {
      hostile.on(SftpPackets.LSTAT, saying(id -> packet(77, id).build()));
      assertThatThrownBy(() -> one.stat(FILE)).isInstanceOf(TargetUnavailableException.class);
      hostile.behave();
      await().until(() -> !one.isOpen());
      assertThat(other.stat(FILE)).isNotNull();
    }
  }
}
