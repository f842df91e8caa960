package io.relais.benchmark.mirror;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much Java heap the agent takes for a first sync, with the launcher's own limit; and how much
 * of it is alive when it rests.
 */
final class Memory implements Experiment {
  private static final String NAME = "memory";

  /** A line of {@code -Xlog:gc}: {@code Pause Young (Allocation Failure) 24M->8M(64M) 3.1ms}. */
  private static final Pattern PAUSE = Pattern.compile("(\\d+)M->(\\d+)M\\((\\d+)M\\)");

  @Override
  public ImmutableSet<Row> rows() {
    return ImmutableSet.of(Row.MEMORY_WIDE, Row.MEMORY);
  }

  @Override
  public ImmutableList<Contender> contenders() {
    return ImmutableList.of(Contender.AGENT);
  }

  @Override
  public boolean isOnce() {
    return true;
  }

  @Override
  public void run(Contender contender, Lab lab, Recorder recorder)
      throws IOException, InterruptedException {
    measure(Lab.Corpus.WIDE, Row.MEMORY_WIDE, lab, recorder);
    measure(Lab.Corpus.MANY, Row.MEMORY, lab, recorder);
  }

  private static void measure(Lab.Corpus corpus, Row row, Lab lab, Recorder recorder)
      throws IOException, InterruptedException {
    if (!recorder.wants(row)) {
      return;
    }
    Path source = lab.corpus(corpus);
    Path state = Files.createDirectory(lab.scratch("agent"));
    Path log = state.resolve("gc");
    List<String> options = List.of("-Xlog:gc:file=%s:none:filecount=0".formatted(log));
    try (AgentDaemon agent = lab.startAgent(state, source, NAME, options)) {
      agent.awaitInSync();
      recorder.add(row, Quantity.TIME, agent.age());
      lab.settle(agent);
      recorder.addBytes(row, Quantity.RSS, agent.residentBytes());
      collect(agent);
    }
    int most = 0;
    int alive = 0;
    Matcher pauses = PAUSE.matcher(Files.readString(log));
    while (pauses.find()) {
      most = Math.max(most, Integer.parseInt(pauses.group(3)));
      alive = Integer.parseInt(pauses.group(2));
    }
    recorder.addBytes(row, Quantity.HEAP, (long) most << 20);
    recorder.remark(
        "%s: %d MiB of the heap are alive at rest".formatted(row.text(lab.scale()), alive));
    lab.link().remove(Contender.AGENT, NAME);
    lab.discard(state);
  }

  private static void collect(Daemon agent) throws IOException, InterruptedException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Commands.check(jcmd, Long.toString(agent.pid()), "GC.run");
  }
}
