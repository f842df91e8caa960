package io.relais.sync.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** One run of rsync, with an ssh of its own. */
final class Rsync {
  private Rsync() {}

  /**
   * Mirrors a directory.
   *
   * @return seconds
   * @throws IOException if it fails
   */
  static double run(Lab lab, Path source, String name) throws IOException, InterruptedException {
    Link link = lab.link();
    Path said = lab.scratch("said");
    List<String> line =
        List.of(
            "rsync",
            "-a",
            "-e",
            "ssh -F " + link.sshConfig(false),
            source + "/",
            "%s:%s/".formatted(link.host(Contender.RSYNC), link.remote(Contender.RSYNC, name)));
    Commands.Ended ended = Commands.run(line, Path.of("/dev/null"), said, Duration.ofHours(1));
    if (ended.exit() != 0) {
      throw new IOException("rsync ended with " + ended.exit() + ": " + Files.readString(said));
    }
    Files.delete(said);
    return ended.seconds();
  }
}
