package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.testbed.ssh.OpenSshBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What belongs to other accounts at the backup, and what other accounts are to read there. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class OtherAccountsTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Instant LATER = Instant.ofEpochSecond(1_700_000_000);

  @TempDir Path directory;

  @Test
  void replacesFilesOfOthersAndHandsTheGroupOn() throws Exception {
    OpenSshBed.Builder bed = OpenSshBed.in(directory.resolve("client"));
    try (Rig rig = Rig.in(directory, bed, "", "")) {
      Path source = rig.source();
      set(source, "rwxr-x---");
      rig.bed().letWebServerRead(Files.createDirectory(rig.target()));
      makeTree(source);
      rig.startAgent();
      rig.awaitEqual(LIMIT);
      assertThatTheWebServerReads(rig);
      replacesWhatAnotherAccountOwns(rig);
      namesTheDirectoryOfAnotherAccountOnce(rig);
    }
  }

  /** By the commands in the README, as they are written there. */
  @Test
  void theWebServerReadsWhatTheReadmeSaysItReads() throws Exception {
    try (Rig rig = Rig.in(directory, OpenSshBed.in(directory.resolve("client")), "", "")) {
      rig.bed().runForWebServer(writtenForTheWebServer());
      try {
        Path deep = Files.createDirectories(rig.source().resolve("a/b"));
        set(Files.writeString(deep.resolve("page"), "hello"), "rw-r-----");
        rig.startAgent();
        rig.awaitEqual(LIMIT);
        assertThat(rig.bed().readByWebServer(rig.target().resolve("a/b/page"))).isEqualTo("hello");

        // A directory's mode changes too, and the bit stays.
        set(deep, "rwxr-x---");
        set(rig.source(), "rwxr-x---");
        rig.awaitEqual(LIMIT);
        set(Files.writeString(deep.resolve("later"), "later"), "rw-r-----");
        rig.awaitEqual(LIMIT);
        assertThat(mode(rig.target())).isEqualTo(02750);
        assertThat(mode(rig.target().resolve("a/b"))).isEqualTo(02750);
        assertThat(rig.bed().readByWebServer(rig.target().resolve("a/b/later"))).isEqualTo("later");
        directoriesThatMoveKeepTheBit(rig);
      } finally {
        rig.stopAgent();
        rig.bed().leaveWebServersGroup();
      }
    }
  }

  /** Also where the mode has to be set for the move, and before anything was listed. */
  private static void directoriesThatMoveKeepTheBit(Rig rig) throws Exception {
    Path locked = Files.createDirectory(rig.source().resolve("locked"));
    Files.writeString(locked.resolve("page"), "locked");
    set(locked, "r-xr-x---");
    rig.awaitEqual(LIMIT);
    Files.move(locked, rig.source().resolve("a/locked"));
    rig.awaitEqual(LIMIT);
    assertThat(mode(rig.target().resolve("a/locked"))).isEqualTo(02550);

    rig.stopAgent();
    Path moved = rig.source().resolve("a/moved");
    Files.move(rig.source().resolve("a/b"), moved);
    set(moved, "rwxr-xr-x");
    rig.startAgent();
    rig.awaitEqual(LIMIT);
    assertThat(mode(rig.target().resolve("a/moved"))).isEqualTo(02755);
  }

  private static String writtenForTheWebServer() throws IOException {
    String readme = Files.readString(Path.of("../README.md"));
    String section = readme.substring(readme.indexOf("### A web server at the backup"));
    int begin = section.indexOf("```sh\n") + "```sh\n".length();
    return section.substring(begin, section.indexOf("```", begin));
  }

  private static void makeTree(Path source) throws IOException {
    Path deep = Files.createDirectories(source.resolve("a/b/c"));
    for (Path each : List.of(source.resolve("a"), source.resolve("a/b"), deep)) {
      set(each, "rwxr-x---");
    }
    set(Files.writeString(deep.resolve("page"), "hello"), "rw-r-----");
    set(Files.writeString(source.resolve("secret"), "secret"), "rw-r--r--");
    set(
        Files.writeString(Files.createDirectory(source.resolve("d")).resolve("f"), "f"),
        "rw-r--r--");
    Files.createSymbolicLink(source.resolve("link"), Path.of("secret"));
  }

  private static void set(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static int mode(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
  }

  /** The agent's account is not in the web server's group, and need not be. */
  private static void assertThatTheWebServerReads(Rig rig) throws IOException {
    Path deep = rig.target().resolve("a/b/c");
    assertThat(mode(rig.target())).isEqualTo(02750);
    assertThat(mode(deep)).isEqualTo(02750);
    assertThat(rig.bed().readByWebServer(deep.resolve("page"))).isEqualTo("hello");

    Path made = Files.createDirectories(rig.source().resolve("a/new/deep"));
    set(rig.source().resolve("a/new"), "rwxr-x---");
    set(made, "rwxr-x---");
    set(Files.writeString(made.resolve("page"), "new"), "rw-r-----");
    rig.awaitEqual(LIMIT);
    assertThat(rig.bed().readByWebServer(rig.target().resolve("a/new/deep/page"))).isEqualTo("new");
    assertThat(mode(rig.target().resolve("a/new/deep"))).isEqualTo(02750);
    assertThat(rig.said()).doesNotContain("WARN", "changed at the target");
  }

  private static void replacesWhatAnotherAccountOwns(Rig rig) throws IOException {
    Path there = rig.target().resolve("secret");
    UserPrincipal root = Files.getOwner(rig.source());
    UserPrincipal account = Files.getOwner(there);
    Files.setOwner(there, root);
    set(rig.source().resolve("secret"), "rw-------");
    rig.awaitEqual(LIMIT);
    assertThat(Files.getOwner(there)).isEqualTo(account);
    assertThat(mode(there)).isEqualTo(0600);

    Files.setOwner(there, root);
    Files.setLastModifiedTime(rig.source().resolve("secret"), FileTime.from(LATER));
    rig.awaitEqual(LIMIT);
    assertThat(Files.getOwner(there)).isEqualTo(account);
  }

  private static void namesTheDirectoryOfAnotherAccountOnce(Rig rig) throws Exception {
    Path there = rig.target().resolve("d");
    UserPrincipal root = Files.getOwner(rig.source());
    UserPrincipal account = Files.getOwner(there);
    Files.setOwner(there, root);
    Files.setOwner(there.resolve("f"), root);
    set(rig.source().resolve("d"), "rwx------");
    set(rig.source().resolve("d/f"), "rw-------");
    Files.writeString(rig.source().resolve("other"), "goes on");
    rig.awaitState("failing");
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              assertThat(rig.problems("site"))
                  .anySatisfy(line -> assertThat(line).contains("d: ", "run: chown relaisftp"))
                  .anySatisfy(line -> assertThat(line).contains("d/f: ", "run: chown relaisftp"));
              assertThat(rig.target().resolve("other")).hasContent("goes on");
            });
    Files.setOwner(there, account);
    rig.awaitEqual(LIMIT);
    assertThat(rig.said().lines().filter(line -> line.contains("WARN"))).hasSize(2);
    assertThat(mode(there)).isEqualTo(0700);
    assertThat(mode(there.resolve("f"))).isEqualTo(0600);
  }
}
