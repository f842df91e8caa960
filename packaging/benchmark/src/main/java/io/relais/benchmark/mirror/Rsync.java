package io.relais.benchmark.mirror;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** One run of rsync, with an ssh of its own. */
final class Rsync {
  private Rsync() {}

  /** Its command line; a durable one flushes each file, as the agent does. */
  static ImmutableList<String> line(Contender contender, Link link, Path source, String target) {
    ImmutableList.Builder<String> line = ImmutableList.<String>builder().add("rsync", "-a");
    if (contender == Contender.RSYNC_DURABLE) {
      line.add("--fsync");
    }
    return line.add("-e", "ssh -F " + link.sshConfig(false), source + "/", target).build();
  }

  /**
   * Mirrors a directory.
   *
   * @return seconds
   * @throws IOException if it fails
   */
  static double run(Contender contender, Lab lab, Path source, String name)
      throws IOException, InterruptedException {
    Link link = lab.link();
    Path said = lab.scratch("said");
    String target = "%s:%s/".formatted(link.host(contender), link.remote(contender, name));
    List<String> line = line(contender, link, source, target);
    Commands.Ended ended = Commands.run(line, Path.of("/dev/null"), said, Duration.ofHours(1));
    if (ended.exit() != 0) {
      throw new IOException("rsync ended with " + ended.exit() + ": " + Files.readString(said));
    }
    Files.delete(said);
    return ended.seconds();
  }
}
