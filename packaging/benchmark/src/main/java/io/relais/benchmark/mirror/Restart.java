package io.relais.benchmark.mirror;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A start where nothing has changed since the last one, and the quiet after it. */
final class Restart implements Experiment {
  private static final String NAME = "restart";

  @Override
  public ImmutableSet<Row> rows() {
    return ImmutableSet.of(Row.UNCHANGED, Row.WATCHING, Row.IDLE);
  }

  @Override
  public ImmutableList<Contender> contenders() {
    return ImmutableList.of(Contender.AGENT, Contender.RSYNC, Contender.LSYNCD_RSYNC_SHARED);
  }

  @Override
  public void run(Contender contender, Lab lab, Recorder recorder)
      throws IOException, InterruptedException {
    Path source = lab.corpus(Lab.Corpus.WIDE);
    Path state = lab.keptState(contender, Lab.Corpus.WIDE);
    prepare(contender, lab, source, state);
    if (contender == Contender.RSYNC) {
      rsync(lab, recorder, source);
      return;
    }
    long before = lab.link().bytes();
    try (Daemon daemon = lab.start(contender, state, source, NAME)) {
      daemon.awaitWatches(lab.scale().wideDirectories());
      recorder.add(Row.WATCHING, Quantity.TIME, daemon.age());
      daemon.awaitInSync();
      recorder.add(Row.UNCHANGED, Quantity.TIME, daemon.age());
      lab.settle(daemon);
      recorder.addBytes(Row.UNCHANGED, Quantity.WIRE, lab.link().bytes() - before);
      if (recorder.wants(Row.IDLE) && lab.link().roundTrip() == 0) {
        idle(daemon, lab, recorder);
      }
    }
  }

  private static void prepare(Contender contender, Lab lab, Path source, Path state)
      throws IOException, InterruptedException {
    if (contender.isShared()) {
      lab.link().openShared();
    }
    if (Files.exists(state)) {
      return;
    }
    Files.createDirectory(state);
    if (contender == Contender.AGENT) {
      // Its own first sync, so that its index is what it is in practice.
      try (Daemon agent = lab.startAgent(state, source, NAME, List.of())) {
        agent.awaitInSync();
        lab.settle(agent);
      }
    } else {
      lab.link().place(contender, source, NAME);
    }
  }

  private static void rsync(Lab lab, Recorder recorder, Path source)
      throws IOException, InterruptedException {
    long before = lab.link().bytes();
    double seconds = Rsync.run(Contender.RSYNC, lab, source, NAME);
    recorder.add(Row.UNCHANGED, Quantity.TIME, seconds);
    recorder.addBytes(Row.UNCHANGED, Quantity.WIRE, lab.link().bytes() - before);
  }

  private static void idle(Daemon daemon, Lab lab, Recorder recorder)
      throws IOException, InterruptedException {
    Thread.sleep(lab.scale().rest());
    Duration time = lab.scale().idle();
    long before = daemon.cpuNanos();
    Thread.sleep(time);
    long used = daemon.cpuNanos() - before;
    recorder.add(Row.IDLE, Quantity.CPU, 100.0 * used / time.toNanos());
    recorder.addBytes(Row.IDLE, Quantity.RSS, daemon.residentBytes());
  }
}
