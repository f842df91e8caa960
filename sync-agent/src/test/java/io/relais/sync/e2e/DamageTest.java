package io.relais.sync.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Bytes that change at the backup under the same size and time are made good. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class DamageTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int SMALL = 300_000;
  private static final int LARGE = 3_000_000;

  @TempDir Path directory;
  private Rig rig;
  private final Random random = new Random(Long.getLong("relais.seed", 12));

  @BeforeEach
  void start() throws IOException {
    rig = Rig.in(directory, "");
    write("page", 2_000);
    write("image", SMALL);
    write("deep/down/image", SMALL);
    write("video", LARGE);
    write("film", LARGE);
    rig.startAgent();
    rig.awaitEqual(LIMIT);
  }

  @AfterEach
  void end() {
    rig.close();
  }

  private void write(String name, int size) throws IOException {
    byte[] content = new byte[size];
    random.nextBytes(content);
    Path file = rig.source().resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(1_000)));
  }

  /** Two bytes, in the middle; size and time stay. */
  private void damage(String... names) throws IOException {
    for (String name : names) {
      Path copy = rig.target().resolve(name);
      FileTime time = Files.getLastModifiedTime(copy);
      try (FileChannel file = FileChannel.open(copy, StandardOpenOption.WRITE)) {
        file.write(ByteBuffer.wrap(new byte[] {'x', 'y'}), file.size() / 2);
      }
      Files.setLastModifiedTime(copy, time);
      assertThat(isRight(name)).isFalse();
    }
  }

  private boolean isRight(String name) throws IOException {
    return Files.mismatch(rig.source().resolve(name), rig.target().resolve(name)) < 0;
  }

  private void awaitRight(String... names) {
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () ->
                assertThat(Arrays.stream(names).filter(name -> !unchecked(name)).toList())
                    .as("%s", rig.said())
                    .isEmpty());
  }

  private boolean unchecked(String name) {
    try {
      return isRight(name);
    } catch (IOException e) {
      return false;
    }
  }

  record Ran(int code, String said) {}

  static Ran verify(Rig rig, String... options) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("-c", rig.configuration().toString()));
    arguments.add("verify");
    arguments.addAll(List.of(options));
    Process process =
        new ProcessBuilder(
                AgentProcess.command(AgentProcess.DEEP_QUEUE, arguments.toArray(String[]::new)))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Ran(process.waitFor(), said);
  }

  @Test
  void whatVerifyFindsTheRunningAgentSendsAgainWhole() throws Exception {
    damage("page", "deep/down/image", "video");

    Ran looked = verify(rig, "--checksum", "--no-repair");
    assertThat(looked.code()).as("%s", looked).isEqualTo(1);
    assertThat(looked.said())
        .contains("<fc........ page", "site: 3 files differ in content")
        .doesNotContain("in sync", "again");
    assertThat(isRight("page")).isFalse();

    long sent = rig.bed().proxy().bytesToServer();
    Ran told = verify(rig, "--checksum");
    assertThat(told.code()).as("%s", told).isEqualTo(1);
    assertThat(told.said())
        .contains("3 files differed in content; the running agent sends what differed again")
        .doesNotContain("in sync");
    rig.awaitEqual(LIMIT);
    assertThat(rig.bed().proxy().bytesToServer() - sent)
        .as("never built from what is damaged")
        .isGreaterThan(LARGE + SMALL);
    assertThat(rig.said())
        .contains("verify found 3 files at the target with another content")
        .contains("deep/down/image");

    Ran clean = verify(rig, "--checksum");
    assertThat(clean.code()).as("%s", clean).isZero();
    assertThat(clean.said()).contains("site: in sync; contents of 5 files compared");
  }

  @Test
  void withoutAnAgentVerifyRepairsItself() throws Exception {
    rig.stopAgent();
    damage("image", "film");
    Files.delete(rig.target().resolve("page"));
    Files.writeString(rig.target().resolve("extra"), "x");

    Ran ran = verify(rig, "--checksum");
    assertThat(ran.code()).as("%s", ran).isEqualTo(1);
    assertThat(ran.said()).contains("2 files differed in content; repaired: 3 files");
    assertThat(Listing.differences(rig.source(), rig.target())).isEmpty();
    assertThat(verify(rig, "--checksum").code()).isZero();

    rig.startAgent();
    rig.awaitEqual(LIMIT);
    assertThat(rig.said()).doesNotContain("by somebody else");
  }

  /** It has that mode from the source: there is nothing to mend. */
  @Test
  void aDirectoryThatItsOwnerMayNotListIsComparedAndLockedAgain() throws Exception {
    Files.setAttribute(rig.source().resolve("deep"), "unix:mode", 0300);
    rig.awaitEqual(LIMIT);

    Ran ran = verify(rig);
    assertThat(ran.code()).as("%s", ran).isZero();
    assertThat(Listing.differences(rig.source(), rig.target())).isEmpty();

    Ran looked = verify(rig, "--no-repair");
    assertThat(looked.code()).as("%s", looked).isEqualTo(5);
    assertThat(looked.said())
        .contains("deep: its mode (300, as at the source) keeps the mirror's account from listing")
        .doesNotContain("chmod", "chown");

    Files.delete(rig.target().resolve("deep/down/image"));
    assertThat(verify(rig).code()).isEqualTo(1);
    rig.awaitEqual(LIMIT);
  }

  @Test
  void aFileThatIsSavedAgainIsSentAgain() throws Exception {
    damage("page", "image", "deep/down/image");
    Files.setLastModifiedTime(rig.source().resolve("page"), FileTime.from(Instant.now()));
    byte[] image = Files.readAllBytes(rig.source().resolve("image"));
    Files.write(rig.source().resolve("image"), image);
    Path other = rig.source().resolve("deep/down/.image.new");
    Files.copy(rig.source().resolve("deep/down/image"), other);
    Files.move(other, rig.source().resolve("deep/down/image"), StandardCopyOption.ATOMIC_MOVE);
    awaitRight("page", "image", "deep/down/image");
    rig.awaitEqual(LIMIT);
  }

  @Test
  void largeCopiesInDoubtAreReadBack() throws Exception {
    damage("video", "film");
    // Touched: the same content. Changed elsewhere: put together from what is damaged.
    Files.setLastModifiedTime(rig.source().resolve("video"), FileTime.from(Instant.now()));
    try (FileChannel file =
        FileChannel.open(rig.source().resolve("film"), StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 7);
    }
    awaitRight("video", "film");
    rig.awaitEqual(LIMIT);
    assertThat(rig.said()).contains("reading back found");
  }
}
