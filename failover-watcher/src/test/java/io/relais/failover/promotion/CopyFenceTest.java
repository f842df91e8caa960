package io.relais.failover.promotion;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.heartbeat.HeartbeatFile;
import io.relais.common.promotion.Promotion;
import io.relais.common.promotion.PromotionFile;
import io.relais.common.promotion.ReturnRecord;
import io.relais.common.promotion.ReturnRecordFile;
import io.relais.common.promotion.SessionGate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CopyFenceTest {
  private static final Instant NOW = Instant.parse("2026-11-23T04:00:00Z");

  @TempDir private Path directory;

  private CopyFence fence;

  @BeforeEach
  void makeCopies() throws IOException {
    for (String name : List.of("site", "letsencrypt")) {
      Files.createDirectories(directory.resolve(name));
    }
    fence = fence("site", "letsencrypt");
  }

  private CopyFence fence(String... names) {
    return new CopyFence(
        Stream.of(names).map(name -> directory.resolve(Heartbeat.fileName(name))).toList());
  }

  private Path record(String name) {
    return directory.resolve(PromotionFile.fileName(name));
  }

  private Path gate(String name) {
    return directory.resolve(SessionGate.directoryName(name));
  }

  /** What an agent reaches the copy through. */
  private Path open(String name, String session) throws IOException {
    Files.createDirectories(gate(name));
    return Files.createSymbolicLink(gate(name).resolve(session), Path.of("../" + name));
  }

  @Test
  void aPromotionIsSaidBesideEachCopyForAllToRead() throws IOException {
    assertThat(fence.standing()).isEmpty();
    assertThat(fence.promote("198.51.100.7", "production is down", NOW)).isEmpty();

    Promotion promotion = PromotionFile.read(record("site"));
    assertThat(promotion.generation()).isEqualTo(1);
    assertThat(promotion.at()).isEqualTo(NOW);
    assertThat(promotion.address()).isEqualTo("198.51.100.7");
    assertThat(promotion.reason()).isEqualTo("production is down");
    assertThat(PromotionFile.read(record("letsencrypt"))).isEqualTo(promotion);
    assertThat(fence.standing()).contains(promotion);
    assertThat(Files.getPosixFilePermissions(record("site")))
        .isEqualTo(PosixFilePermissions.fromString("rw-r--r--"));
  }

  /** What is under way through it leads nowhere, and what is in the copy stays as it is. */
  @Test
  void aPromotionClosesTheGates() throws IOException {
    Path through = open("site", "session");
    Files.writeString(through.resolve("page"), "v1");
    fence.promote("198.51.100.7", "down", NOW);

    assertThat(through.resolve("page")).doesNotExist();
    assertThat(directory.resolve("site/page")).hasContent("v1");
    assertThat(gate("site")).doesNotExist();
  }

  /** A switch that is tried again, and a watcher that was killed in between. */
  @Test
  void aPromotionThatStandsIsTakenOver() throws IOException {
    fence.promote("198.51.100.7", "down", NOW);
    Promotion first = fence.standing().orElseThrow();
    Files.delete(record("letsencrypt"));
    Path late = open("site", "late");
    fence("site", "letsencrypt").promote("198.51.100.8", "still down", NOW.plusSeconds(60));

    assertThat(PromotionFile.read(record("site"))).isEqualTo(first);
    assertThat(PromotionFile.read(record("letsencrypt"))).isEqualTo(first);
    assertThat(late).doesNotExist();
  }

  @Test
  void eachPromotionIsOfALaterGeneration() throws IOException {
    Heartbeat heartbeat =
        new Heartbeat(
            "site",
            9,
            NOW,
            Optional.empty(),
            Optional.of(NOW),
            0,
            Optional.of(
                new Heartbeat.Standing(
                    "in-sync", 0, 0, 0, 4, Optional.empty(), Optional.empty(), Optional.empty())));
    Files.write(directory.resolve(Heartbeat.fileName("site")), HeartbeatFile.toBytes(heartbeat));
    fence.promote("198.51.100.7", "down", NOW);

    assertThat(fence.standing().orElseThrow().generation()).isEqualTo(5);
  }

  @Test
  void isReturnedOnceEachCopyIsSettled() throws IOException {
    assertThat(fence.unreturned()).isEmpty();
    fence.promote("198.51.100.7", "down", NOW);
    String id = fence.standing().orElseThrow().id();
    settle("site", id);
    settle("letsencrypt", "an-earlier-one");

    assertThat(fence.unreturned())
        .isEqualTo(
            "what was changed at the backup since it went live at 2026-11-23T04:00:00Z is not settled yet (letsencrypt): on production, run 'sync-agent pull NAME --since-promotion'");
    assertThat(fence.standings())
        .extracting(CopyFence.Standing::isSettled)
        .containsExactly(true, false);
    settle("letsencrypt", id);
    assertThat(fence.unreturned()).isEmpty();
  }

  private void settle(String name, String promotion) throws IOException {
    Files.write(
        directory.resolve(ReturnRecordFile.fileName(name)),
        ReturnRecordFile.toBytes(
            new ReturnRecord(promotion, NOW.plusSeconds(600), 1, 2, 3, 4, "an operator")));
  }

  @Test
  void liftingLeavesNothingBehind() throws IOException {
    open("site", "session");
    fence.promote("198.51.100.7", "down", NOW);
    open("site", "later");
    assertThat(fence.lift()).isEmpty();

    assertThat(fence.standing()).isEmpty();
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("site", "letsencrypt", SessionGate.directoryName("site"));
    }
    assertThat(gate("site").resolve("later")).as("of a session since then").isSymbolicLink();
  }

  @Test
  void whatCanNotBeReadStands() throws IOException {
    Files.writeString(record("letsencrypt"), "{");

    assertThat(fence.standing()).isPresent();
    assertThat(fence.promote("198.51.100.7", "down", NOW)).isEmpty();
    assertThat(record("letsencrypt")).hasContent("{");
  }

  /** Availability comes first: it is told, and the others are fenced. */
  @Test
  void whatCanNotBeFencedIsTold() throws IOException {
    CopyFence broken =
        new CopyFence(
            List.of(
                directory.resolve("missing").resolve(Heartbeat.fileName("x")),
                directory.resolve(Heartbeat.fileName("site"))));

    assertThat(broken.check()).singleElement().asString().contains("missing/x is not fenced");
    assertThat(broken.promote("198.51.100.7", "down", NOW))
        .singleElement()
        .asString()
        .contains("missing/x is not fenced", "let this program's account write into");
    assertThat(record("site")).exists();
  }

  @Test
  void checkingLeavesNothingBehind() throws IOException {
    assertThat(fence.check()).isEmpty();
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).hasSize(2);
    }
  }

  @Test
  void anotherFilesNameHasNoFence() {
    CopyFence none = new CopyFence(ImmutableList.of(directory.resolve("heartbeat")));

    assertThat(none.promote("198.51.100.7", "down", NOW)).isEmpty();
    assertThat(none.standing()).isEmpty();
  }
}
