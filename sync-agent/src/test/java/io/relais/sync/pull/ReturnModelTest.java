package io.relais.sync.pull;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.relais.sync.pull.ReturnChoices.ConflictRule;
import io.relais.sync.pull.ReturnExecutor.ReturnOutcome;
import io.relais.sync.remote.TargetUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two trees that were one are changed at random; what is brought back is what a model says. */
final class ReturnModelTest {
  private static final int TRIES = 150;
  private static final long BEFORE = ReturnRig.PROMOTED.getEpochSecond() - 1000;
  private static final List<String> PLACES =
      List.of("a", "b", "c.html", "d/a", "d/b", "d/e/a", "d/e/b", "f/a", "f/b", "g/a");

  @TempDir private Path directory;

  private Random random = new Random();
  private int versions;

  @Test
  void bringsBackWhatTheModelSays() throws IOException {
    runAll(false);
  }

  /** What a file was is a directory, or the other way round: nothing is lost by it. */
  @Test
  void losesNoVersionWhereKindsChange() throws IOException {
    runAll(true);
  }

  private void runAll(boolean kinds) throws IOException {
    long first = Long.getLong("relais.seed", System.nanoTime());
    for (long seed = first; seed < first + TRIES; seed++) {
      random = new Random(seed);
      Path place = Files.createDirectory(directory.resolve("try"));
      try {
        runOnce(new ReturnRig(place), kinds);
      } catch (AssertionError | IOException e) {
        throw new AssertionError("with -Drelais.seed=" + seed, e);
      }
      MoreFiles.deleteRecursively(place, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  /** All of one size, so that only times and contents tell them apart. */
  private String version() {
    return "version %08d".formatted(versions++);
  }

  private void runOnce(ReturnRig rig, boolean kinds) throws IOException {
    for (String place : PLACES) {
      if (random.nextInt(4) > 0) {
        // Some were edited in the very second of the promotion.
        ReturnRig.write(
            rig.production.resolve(place), version(), BEFORE + (random.nextBoolean() ? 1000 : 0));
      }
    }
    rig.mirror();
    Map<String, String> base = ReturnRig.tree(rig.production);
    change(rig.copy, true, kinds);
    change(rig.production, false, kinds);
    if (random.nextInt(3) == 0) {
      same(rig);
    }
    Map<String, String> backup = ReturnRig.tree(rig.copy);
    Map<String, String> production = ReturnRig.tree(rig.production);
    List<ConflictRule> rules = List.of(ConflictRule.values());
    ConflictRule rule = rules.get(random.nextInt(rules.size()));
    boolean deletes = random.nextBoolean();
    ReturnOutcome outcome = applyWithBreaks(rig, ReturnRig.choices(deletes, rule));

    Map<String, String> now = ReturnRig.tree(rig.production);
    Set<String> held = new TreeSet<>(now.values());
    held.addAll(ReturnRig.tree(rig.fromProduction).values());
    assertThat(held).as("versions of production").containsAll(production.values());
    assertThat(ReturnRig.tree(rig.copy)).as("the copy").isEqualTo(backup);
    assertThat(now.keySet()).noneMatch(path -> path.contains(".relais-"));
    if (outcome.left() == 0 && outcome.problems().isEmpty()) {
      held.addAll(ReturnRig.tree(rig.fromBackup).values());
      held.addAll(base.values()); // What is as the agent left it was production's own.
      assertThat(held).as("versions of the backup").containsAll(backup.values());
    }
    if (!kinds) {
      assertThat(files(now)).isEqualTo(model(base, backup, production, deletes, rule));
      assertThat(outcome.problems()).isEmpty();
    }
    ReturnOutcome again = rig.apply(ReturnRig.choices(deletes, rule));
    assertThat(again.done()).as("done again").isZero();
    assertThat(ReturnRig.tree(rig.production)).isEqualTo(now);
  }

  /** Ends it at random points, and forgets what was noted last, as a crash does. */
  private ReturnOutcome applyWithBreaks(ReturnRig rig, ReturnChoices choices) throws IOException {
    for (int i = random.nextInt(5); i > 0; i--) {
      try (DirectoryTarget target = new DirectoryTarget(rig.copy)) {
        ReturnScanResult found = rig.scan(target);
        target.breakAfter(random.nextInt(4));
        var _ = rig.apply(target, choices, found);
      } catch (TargetUnavailableException e) {
        if (Files.exists(rig.decisions) && random.nextBoolean()) {
          String noted = Files.readString(rig.decisions);
          int cut = Math.max(0, noted.length() - random.nextInt(60));
          Files.writeString(rig.decisions, noted.substring(0, cut));
        }
      }
    }
    return rig.apply(choices);
  }

  private void change(Path root, boolean atBackup, boolean kinds) throws IOException {
    for (String place : PLACES) {
      Path at = root.resolve(place);
      if (random.nextInt(3) > 0) {
        continue;
      }
      if (Files.isDirectory(at)) {
        MoreFiles.deleteRecursively(at, RecursiveDeleteOption.ALLOW_INSECURE);
      }
      if (kinds && random.nextInt(3) == 0) {
        Files.deleteIfExists(at);
        if (isWithinDirectories(root, at)) {
          write(at.resolve("x"), atBackup);
        }
      } else if (random.nextInt(3) == 0) {
        if (isWithinDirectories(root, at)) {
          Files.deleteIfExists(at);
        }
      } else if (isWithinDirectories(root, at)) {
        write(at, atBackup);
      }
    }
    if (kinds && random.nextInt(3) == 0) {
      MoreFiles.deleteRecursively(
          Files.createDirectories(root.resolve("d")), RecursiveDeleteOption.ALLOW_INSECURE);
      write(root.resolve("d"), atBackup);
    }
  }

  private static boolean isWithinDirectories(Path root, Path at) {
    for (Path above = at.getParent();
        above != null && !above.equals(root);
        above = above.getParent()) {
      if (Files.exists(above) && !Files.isDirectory(above)) {
        return false;
      }
    }
    return true;
  }

  private void write(Path file, boolean atBackup) throws IOException {
    if (atBackup) {
      ReturnRig.write(file, version(), ReturnRig.PROMOTED.getEpochSecond() + random.nextInt(2));
    } else {
      Files.createDirectories(file.getParent());
      Files.writeString(file, version());
    }
  }

  /** The same edit is made at both. */
  private void same(ReturnRig rig) throws IOException {
    String content = version();
    for (Path root : List.of(rig.copy, rig.production)) {
      ReturnRig.write(root.resolve("same"), content, ReturnRig.PROMOTED.getEpochSecond() + 5);
    }
  }

  private static Map<String, String> files(Map<String, String> tree) {
    Map<String, String> files = new TreeMap<>(tree);
    files.values().removeIf("/"::equals);
    return files;
  }

  private static Map<String, String> model(
      Map<String, String> base,
      Map<String, String> backup,
      Map<String, String> production,
      boolean deletes,
      ConflictRule rule) {
    Map<String, String> wanted = new TreeMap<>();
    Set<String> paths = new TreeSet<>(base.keySet());
    paths.addAll(backup.keySet());
    paths.addAll(production.keySet());
    for (String path : paths) {
      @Nullable String was = base.get(path);
      @Nullable String there = backup.get(path);
      @Nullable String here = production.get(path);
      boolean changed = !java.util.Objects.equals(was, there);
      boolean conflict =
          changed && !java.util.Objects.equals(was, here) && !java.util.Objects.equals(here, there);
      boolean takes = changed && (!conflict || rule == ConflictRule.BACKUP);
      String result = takes ? (there == null && !deletes ? here : there) : here;
      if (result != null) {
        wanted.put(path, result);
      }
      if (conflict && rule == ConflictRule.BOTH && there != null) {
        int dot = path.lastIndexOf('.');
        String stem = dot < 0 ? path : path.substring(0, dot);
        wanted.put(
            stem + ".from-backup-20231114T221320Z" + (dot < 0 ? "" : path.substring(dot)), there);
      }
    }
    return files(wanted);
  }
}
