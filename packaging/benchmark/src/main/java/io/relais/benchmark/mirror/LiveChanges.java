package io.relais.benchmark.mirror;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A site that changes while a daemon mirrors it. A save's time goes from its end, the close or the
 * rename, to the right content on the backup's disk; that of bigger changes from their beginning to
 * the last of it.
 */
final class LiveChanges implements Experiment {
  private static final int RENAMES_THERE_AND_BACK = 3;
  private static final String NAME = "live";
  private static final int SAVED = 8192;
  private static final int HEAD = 64;
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private final Random random = new Random();

  @Override
  public ImmutableSet<Row> rows() {
    return ImmutableSet.of(
        Row.SAVE, Row.RENAME_SAVE, Row.RENAME_DIRECTORY, Row.BURST, Row.DELETE, Row.COPY);
  }

  @Override
  public ImmutableList<Contender> contenders() {
    return ImmutableList.of(
        Contender.AGENT,
        Contender.LSYNCD_RSYNC,
        Contender.LSYNCD_RSYNC_SHARED,
        Contender.LSYNCD_RSYNCSSH,
        Contender.LSYNCD_RSYNCSSH_SHARED);
  }

  @Override
  public void run(Contender contender, Lab lab, Recorder recorder)
      throws IOException, InterruptedException {
    Path source = lab.copy(Lab.Corpus.SITE);
    Link link = lab.link();
    if (contender == Contender.AGENT) {
      link.remove(contender, NAME);
    } else {
      link.place(contender, source, NAME);
    }
    if (contender.isShared()) {
      link.openShared();
    }
    Path state = lab.scratch("live");
    Path copy = link.onDisk(contender, NAME);
    try (Daemon daemon = lab.start(contender, state, source, NAME)) {
      daemon.awaitInSync();
      lab.settle(daemon);
      changes(new Site(source, copy, daemon, lab, recorder));
    }
    if (!lab.areEqual(contender, source, NAME)) {
      recorder.remark("source and copy are not equal at the end of the live changes");
    }
    lab.discard(state);
    link.remove(contender, NAME);
  }

  /** What is changed, and what has to follow. */
  private record Site(Path source, Path copy, Daemon daemon, Lab lab, Recorder recorder) {
    Path copyOf(Path file) {
      return copy.resolve(source.relativize(file));
    }

    boolean wants(Row row) {
      return recorder.wants(row);
    }
  }

  private void changes(Site site) throws IOException, InterruptedException {
    List<Path> shop = Corpora.files(site.source.resolve(Corpora.SHOP));
    List<Path> others = Corpora.files(site.source);
    others.removeAll(shop);
    saves(Row.SAVE, site, others);
    saves(Row.RENAME_SAVE, site, others);
    Path from = site.source.resolve(Corpora.SHOP);
    Path to = from.resolveSibling("renamed");
    for (int i = 0; i < RENAMES_THERE_AND_BACK; i++) {
      renameDirectory(site, from, to);
      renameDirectory(site, to, from);
    }
    burst(site, others);
    deleteAndCopy(site, from);
  }

  private void saves(Row row, Site site, List<Path> files)
      throws IOException, InterruptedException {
    if (!site.wants(row)) {
      return;
    }
    for (int i = 0; i < site.lab.scale().saves(); i++) {
      Thread.sleep(site.lab.scale().pause().plusMillis(random.nextInt(300)));
      Path file = files.get(random.nextInt(files.size()));
      byte[] content = new byte[SAVED];
      random.nextBytes(content);
      if (row == Row.SAVE) {
        Files.write(file, content);
      } else {
        Path draft = Files.write(file.resolveSibling(".save.tmp"), content);
        Files.move(
            draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      }
      long began = System.nanoTime();
      Path copy = site.copyOf(file);
      try {
        long end = Waiting.until("saved", () -> holds(copy, content), LIMIT, 1);
        site.recorder.add(row, Quantity.TIME, (end - began) / 1e9);
      } catch (Waiting.InVainException e) {
        failed(row, site, e);
        return;
      }
      site.lab.settle(site.daemon);
    }
  }

  private static boolean holds(Path copy, byte[] content) throws IOException {
    try {
      return Files.size(copy) == content.length && Arrays.equals(Files.readAllBytes(copy), content);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void renameDirectory(Site site, Path from, Path to)
      throws IOException, InterruptedException {
    if (site.wants(Row.RENAME_DIRECTORY)) {
      Deque<Path> missing = new ArrayDeque<>();
      for (Path file : Corpora.files(from)) {
        missing.add(site.copyOf(to.resolve(from.relativize(file))));
      }
      bulk(
          Row.RENAME_DIRECTORY,
          site,
          () -> Files.move(from, to, StandardCopyOption.ATOMIC_MOVE),
          () -> areThere(missing) && Files.notExists(site.copyOf(from)));
    }
  }

  /** Takes away those that are there. */
  private static boolean areThere(Deque<Path> missing) {
    while (!missing.isEmpty() && Files.exists(missing.peek())) {
      missing.pop();
    }
    return missing.isEmpty();
  }

  private void burst(Site site, List<Path> files) throws IOException, InterruptedException {
    int count = Math.min(site.lab.scale().burst(), files.size());
    if (!site.wants(Row.BURST)) {
      return;
    }
    List<Path> shuffled = new ArrayList<>(files);
    Collections.shuffle(shuffled, random);
    List<Path> chosen = shuffled.subList(0, count);
    byte[] head = Arrays.copyOf(("burst " + random.nextLong()).getBytes(ISO_8859_1), HEAD);
    Deque<Path> old = new ArrayDeque<>();
    chosen.forEach(file -> old.add(site.copyOf(file)));
    Duration time = site.lab.scale().burstTime();
    bulk(Row.BURST, site, () -> rewrite(chosen, head, time), () -> areNew(old, head));
  }

  /** All in the same time, or as fast as the disk and the daemon allow. */
  private void rewrite(List<Path> files, byte[] head, Duration time) throws IOException {
    long began = System.nanoTime();
    for (int i = 0; i < files.size(); i++) {
      byte[] content = new byte[(int) Math.max(HEAD, Files.size(files.get(i)))];
      random.nextBytes(content);
      System.arraycopy(head, 0, content, 0, HEAD);
      Files.write(files.get(i), content);
      long due = began + time.toNanos() * (i + 1) / files.size();
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
    }
  }

  private static boolean areNew(Deque<Path> old, byte[] head) throws IOException {
    while (!old.isEmpty() && beginsWith(old.peek(), head)) {
      old.pop();
    }
    return old.isEmpty();
  }

  private static boolean beginsWith(Path copy, byte[] head) throws IOException {
    try (var in = Files.newInputStream(copy)) {
      return Arrays.equals(in.readNBytes(head.length), head);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private void deleteAndCopy(Site site, Path shop) throws IOException, InterruptedException {
    if (!site.wants(Row.DELETE) && !site.wants(Row.COPY)) {
      return;
    }
    Path kept = site.lab.scratch("kept");
    Commands.check("cp", "-a", shop.toString(), kept.toString());
    Deque<Path> missing = new ArrayDeque<>();
    Corpora.files(shop).forEach(file -> missing.add(site.copyOf(file)));
    bulk(
        Row.DELETE,
        site,
        () -> Commands.check("rm", "-r", shop.toString()),
        () -> Files.notExists(site.copyOf(shop)));
    bulk(
        Row.COPY,
        site,
        // Without -p: a copy is new.
        () -> Commands.check("cp", "-r", kept.toString(), shop.toString()),
        () -> areThere(missing));
    site.lab.discard(kept);
  }

  /** Changes something. */
  private interface Change {
    void make() throws IOException, InterruptedException;
  }

  private static void bulk(Row row, Site site, Change change, Waiting.Condition converged)
      throws IOException, InterruptedException {
    long before = site.lab.link().bytes();
    long began = System.nanoTime();
    change.make();
    long changed = System.nanoTime();
    try {
      long end = Waiting.until("converged", converged, LIMIT, 3);
      site.lab.settle(site.daemon);
      site.recorder.add(row, Quantity.TIME, (end - began) / 1e9);
      site.recorder.add(row, Quantity.AFTER, (end - changed) / 1e9);
      site.recorder.addBytes(row, Quantity.WIRE, site.lab.link().bytes() - before);
    } catch (Waiting.InVainException e) {
      failed(row, site, e);
    }
  }

  private static void failed(Row row, Site site, Waiting.InVainException e) throws IOException {
    String said = site.daemon.said();
    site.recorder.addFailure(
        row, e.getMessage() + "; it said: " + said.substring(Math.max(0, said.length() - 2000)));
  }
}
