package io.relais.benchmark.mirror;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import one.convert.Arguments;
import one.convert.JfrToFlame;

/**
 * Recordings of the agent by JDK Flight Recorder, one for each of its runs, made into flame graphs
 * of CPU time and of allocation. For one thread.
 */
final class Profiles {
  private final Optional<Path> directory;
  private int number;

  /**
   * Prepares them.
   *
   * @param directory where they go; nothing: nothing is recorded
   */
  Profiles(Optional<Path> directory) {
    this.directory = directory;
  }

  /** Options of the JVM that record its whole life; none if nothing is to be recorded. */
  ImmutableList<String> options(String name, int roundTrip) throws IOException {
    if (directory.isEmpty()) {
      return ImmutableList.of();
    }
    Files.createDirectories(directory.get());
    Path file = directory.get().resolve("%02d-%s-%dms.jfr".formatted(++number, name, roundTrip));
    return ImmutableList.of(
        "-XX:StartFlightRecording:filename=%s,settings=profile".formatted(file),
        // A JVM that is to leave class data behind records nothing.
        "-XX:-AutoCreateSharedArchive",
        "-XX:+UnlockDiagnosticVMOptions",
        "-XX:+DebugNonSafepoints",
        "-Xlog:jfr+startup=off");
  }

  /** Makes flame graphs (HTML) and collapsed stacks (text) of all recordings. */
  void render() throws IOException {
    if (directory.isEmpty() || !Files.isDirectory(directory.get())) {
      return;
    }
    List<Path> recordings;
    try (var files = Files.list(directory.get())) {
      recordings = files.filter(file -> file.toString().endsWith(".jfr")).sorted().toList();
    }
    if (recordings.size() < number) {
      System.err.printf("mirror: NOTE: only %d of %d recordings%n", recordings.size(), number);
    }
    for (Path recording : recordings) {
      // Its "--cpu" means async-profiler's own events, of which a recording of the JDK has none.
      render(recording, ImmutableList.of("--state", "runnable"), "cpu");
      render(recording, ImmutableList.of("--alloc"), "alloc");
    }
  }

  private static void render(Path recording, ImmutableList<String> what, String name)
      throws IOException {
    String base = recording.toString().replaceAll("jfr$", name);
    String title = recording.getFileName() + " " + name;
    for (String form : List.of("html", "collapsed")) {
      Arguments arguments =
          new Arguments(
              ImmutableList.<String>builder()
                  .addAll(what)
                  .add("--output", form, "--title", title, "--norm", "--dot", "--total")
                  .build()
                  .toArray(String[]::new));
      JfrToFlame.convert(recording.toString(), base + "." + form, arguments);
    }
    if (Files.size(Path.of(base + ".collapsed")) == 0) {
      System.err.println("mirror: NOTE: no sample in " + base);
    }
  }
}
