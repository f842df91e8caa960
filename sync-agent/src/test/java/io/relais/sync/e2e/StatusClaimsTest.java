package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.relais.testbed.ssh.OpenSshBed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bursts of random changes and random faults, each ended by a marker: once that is at the target,
 * the agent has seen all that was changed before it, and nothing changes any more. From then on,
 * whenever {@code status.json} says that it is in sync, both trees are equal; and once all is well
 * it says so.
 *
 * <p>The seed is printed; {@code -Drelais.seed=N} sets it, and {@code -Drelais.claims.seconds=N}
 * how long it takes.
 */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class StatusClaimsTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration WATCHED = Duration.ofMillis(700);
  private static final long SECONDS = Long.getLong("relais.claims.seconds", 10);
  private static final int LARGE = 12 << 20;
  private static final int FAULTS = 5;
  private static final int DISK_MEGABYTES = 200;
  private static final long LEFT_FREE = 4 << 20;

  @TempDir Path directory;

  private final long seed = Long.getLong("relais.seed", new Random().nextInt(1_000_000));
  private final Random random = new Random(seed);
  private int claims;

  @Test
  void whenTheStatusSaysInSyncItIs() throws Exception {
    System.out.println("StatusClaimsTest: relais.seed=" + seed);
    try (Rig rig =
        Rig.in(
            directory,
            OpenSshBed.in(directory.resolve("client")).disk(DISK_MEGABYTES),
            "rate_limit = \"20MB/s\"",
            "")) {
      for (int i = 0; i < 200; i++) {
        write(rig.source().resolve("steady/f" + i), 100);
      }
      rig.startAgent();
      rig.awaitEqual(LIMIT);
      long end = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
      for (int round = 0; round < FAULTS || System.nanoTime() < end; round++) {
        round(rig, round);
      }
      System.out.println("StatusClaimsTest: " + claims + " claims were checked");
    }
    assertThat(claims).isPositive();
  }

  private void round(Rig rig, int round) throws IOException {
    Path filler = rig.bed().data().resolve("filler");
    fault(rig, round % FAULTS, filler);
    for (int i = 3 + random.nextInt(8); i > 0; i--) {
      change(rig.source().resolve("busy"));
    }
    if (random.nextBoolean()) {
      // The marker overtakes it.
      write(rig.source().resolve("busy/large"), LARGE);
    }
    String marker = "round " + round;
    Files.writeString(rig.source().resolve("marker"), marker);
    watchClaims(rig, marker);
    rig.bed().proxy().restore();
    Files.setPosixFilePermissions(rig.target(), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(rig.source(), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.deleteIfExists(filler);
    await(marker)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(
            () -> {
              assertThat(isThere(rig, marker)).as("%s", rig.said()).isTrue();
              assertThat(checkedClaim(rig)).as("%s %s", rig.state(), rig.said()).isTrue();
            });
  }

  private void fault(Rig rig, int kind, Path filler) throws IOException {
    switch (kind) {
      case 0 -> rig.bed().proxy().cutAfter(random.nextInt(300_000));
      case 1 ->
          Files.setPosixFilePermissions(rig.target(), PosixFilePermissions.fromString("r-xr-xr-x"));
      case 2 ->
          Files.setPosixFilePermissions(rig.source(), PosixFilePermissions.fromString("rwx------"));
      case 3 -> {
        long free = Files.getFileStore(rig.bed().data()).getUsableSpace();
        Files.write(filler, new byte[(int) Math.max(0, free - LEFT_FREE)]);
      }
      default -> {}
    }
  }

  /** Nothing changes meanwhile, and the fault stays. */
  private void watchClaims(Rig rig, String marker) throws IOException {
    long end = System.nanoTime() + WATCHED.toNanos();
    while (System.nanoTime() < end) {
      if (isThere(rig, marker)) {
        var _ = checkedClaim(rig);
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  private static boolean isThere(Rig rig, String marker) throws IOException {
    Path copy = rig.target().resolve("marker");
    return Files.exists(copy) && Files.readString(copy).equals(marker);
  }

  /** Whether it says in sync; then both are. */
  private boolean checkedClaim(Rig rig) throws IOException {
    if (!rig.state().equals("in-sync")) {
      return false;
    }
    claims++;
    List<String> differences = Listing.differences(rig.source(), rig.target());
    assertThat(differences).as("in sync? seed %s; %s", seed, rig.said()).isEmpty();
    return true;
  }

  private void change(Path busy) throws IOException {
    Path file = busy.resolve("d" + random.nextInt(4) + "/f" + random.nextInt(8));
    Path other = busy.resolve("d" + random.nextInt(4) + "/f" + random.nextInt(8));
    switch (random.nextInt(8)) {
      case 0 -> write(file, LARGE + random.nextInt(1_000));
      case 1 -> Files.deleteIfExists(file);
      case 2 -> {
        if (Files.exists(file)) {
          Files.createDirectories(other.getParent());
          Files.move(file, other, StandardCopyOption.REPLACE_EXISTING);
        }
      }
      case 3 -> {
        if (Files.exists(file)) {
          Files.setPosixFilePermissions(
              file,
              PosixFilePermissions.fromString(random.nextBoolean() ? "rw-r-----" : "rw-r--r--"));
        }
      }
      case 4 -> {
        if (Files.exists(file)) {
          Files.setLastModifiedTime(
              file, FileTime.from(Instant.now().minusSeconds(random.nextInt(1_000_000))));
        }
      }
      default -> write(file, 1 + random.nextInt(100_000));
    }
  }

  private void write(Path file, int size) throws IOException {
    byte[] content = new byte[size];
    random.nextBytes(content);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }
}
