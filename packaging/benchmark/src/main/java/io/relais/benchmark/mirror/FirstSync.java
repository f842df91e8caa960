package io.relais.benchmark.mirror;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * From the start of a program to a whole copy where nothing was. For the agent that is when it says
 * so, which is after the server has confirmed the last of it; the copy is compared afterwards.
 */
final class FirstSync implements Experiment {
  private static final String NAME = "first";
  private static final int ENOUGH = 20;
  private static final Duration LONGEST_GLIMPSE = Duration.ofMinutes(1);
  private static final Duration LIMIT = Duration.ofHours(1);
  private static final Path NOTHING = Path.of("/dev/null");

  private final Lab.Corpus corpus;
  private final Row row;

  FirstSync(Lab.Corpus corpus, Row row) {
    this.corpus = corpus;
    this.row = row;
  }

  @Override
  public ImmutableSet<Row> rows() {
    return ImmutableSet.of(row);
  }

  @Override
  public ImmutableList<Contender> contenders() {
    ImmutableList<Contender> copiers =
        ImmutableList.of(
            Contender.AGENT,
            Contender.RSYNC,
            Contender.RSYNC_DURABLE,
            Contender.SFTP,
            Contender.SCP);
    return corpus == Lab.Corpus.BIG
        ? ImmutableList.<Contender>builder().addAll(copiers).add(Contender.PIPE).build()
        : copiers;
  }

  @Override
  public void run(Contender contender, Lab lab, Recorder recorder)
      throws IOException, InterruptedException {
    Path source = lab.corpus(corpus);
    lab.link().remove(contender, NAME);
    if (contender == Contender.AGENT) {
      Path state = lab.scratch("agent");
      long before = lab.link().bytes();
      try (Daemon agent = lab.start(contender, state, source, NAME)) {
        agent.awaitInSync();
        recorder.add(row, Quantity.TIME, agent.age());
        lab.settle(agent);
      }
      recorder.addBytes(row, Quantity.WIRE, lab.link().bytes() - before);
      if (!lab.areEqual(contender, source, NAME)) {
        recorder.addFailure(row, "the copy is not equal");
      }
      lab.discard(state);
    } else {
      command(contender, source, lab, recorder);
    }
    lab.link().remove(contender, NAME);
  }

  private void command(Contender contender, Path source, Lab lab, Recorder recorder)
      throws IOException, InterruptedException {
    boolean slow = corpus != Lab.Corpus.BIG && !isRsync(contender);
    command(contender, source, slow, slow ? lab.scale().glimpse() : LIMIT, lab, recorder);
  }

  private void command(
      Contender contender, Path source, boolean slow, Duration limit, Lab lab, Recorder recorder)
      throws IOException, InterruptedException {
    lab.link().makeEmpty(contender, NAME);
    Path said = lab.scratch("said");
    long before = lab.link().bytes();
    Commands.Ended ended =
        Commands.run(line(contender, source, lab), input(contender, source), said, limit);
    if (!ended.inTime() && slow) {
      int sent = Corpora.files(lab.link().onDisk(contender, NAME)).size();
      if (sent < ENOUGH && limit.compareTo(LONGEST_GLIMPSE) < 0) {
        // Most of it was the login: look longer.
        command(contender, source, slow, limit.multipliedBy(4), lab, recorder);
      } else {
        project(ended, sent, source, recorder);
      }
    } else if (ended.exit() == 0) {
      recorder.add(row, Quantity.TIME, ended.seconds());
      recorder.addBytes(row, Quantity.WIRE, lab.link().bytes() - before);
      if (contender != Contender.PIPE
          && !lab.areEqual(contender, source, copied(contender, source))) {
        recorder.addFailure(row, "the copy is not equal");
      }
    } else {
      recorder.addFailure(row, "it ended with " + ended.exit() + ": " + Files.readString(said));
    }
    Files.delete(said);
  }

  /** What it sends in the first seconds, logins included, it sends again in the next ones. */
  private void project(Commands.Ended ended, int sent, Path source, Recorder recorder)
      throws IOException {
    if (sent == 0) {
      recorder.addFailure(row, "no file within %.0f s".formatted(ended.seconds()));
      return;
    }
    double seconds = ended.seconds() * Corpora.files(source).size() / sent;
    recorder.addProjected(row, seconds, "%,d files in %.1f s".formatted(sent, ended.seconds()));
  }

  private static List<String> line(Contender contender, Path source, Lab lab) throws IOException {
    Link link = lab.link();
    String config = link.sshConfig(false).toString();
    String target = link.host(contender) + ":" + link.remote(contender, NAME) + "/";
    return switch (contender) {
      case RSYNC, RSYNC_DURABLE -> Rsync.line(contender, link, source, target);
      case SCP -> List.of("scp", "-q", "-r", "-p", "-F", config, source.toString(), target);
      case SFTP -> {
        Path batch =
            Files.writeString(
                source.resolveSibling("batch"),
                "put -R -p %s %s/%n".formatted(source, link.remote(contender, NAME)));
        yield List.of("sftp", "-q", "-b", batch.toString(), "-F", config, link.host(contender));
      }
      case PIPE -> List.of("ssh", "-F", config, link.host(contender), "cat >/dev/null");
      case AGENT, LSYNCD_RSYNC, LSYNCD_RSYNC_SHARED, LSYNCD_RSYNCSSH, LSYNCD_RSYNCSSH_SHARED ->
          throw new IllegalArgumentException(contender.text());
    };
  }

  private static boolean isRsync(Contender contender) {
    return contender == Contender.RSYNC || contender == Contender.RSYNC_DURABLE;
  }

  private static Path input(Contender contender, Path source) {
    return contender == Contender.PIPE ? source.resolve("big.bin") : NOTHING;
  }

  /** scp and sftp copy the directory itself, rsync what it holds. */
  private static String copied(Contender contender, Path source) {
    return isRsync(contender) ? NAME : NAME + "/" + source.getFileName();
  }
}
