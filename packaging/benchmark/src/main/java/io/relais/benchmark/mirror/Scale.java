package io.relais.benchmark.mirror;

import java.time.Duration;

/**
 * How much there is of everything.
 *
 * @param siteFiles of the web site, 1,000 of them below one directory
 * @param wideDirectories of 20 files of 1 KB each
 * @param bigBytes of the one big file
 * @param manyFiles of 64 bytes each, for the memory
 * @param saves of one file, each of both kinds, in one run
 * @param burst files rewritten within {@code burstTime}
 * @param glimpse after which a tool that takes a round trip or more for each file is stopped, and
 *     its time projected
 * @param pause between two saves
 * @param rest before an idle daemon is looked at, and {@code idle}: for how long
 */
record Scale(
    int siteFiles,
    int wideDirectories,
    long bigBytes,
    int manyFiles,
    int saves,
    int burst,
    Duration burstTime,
    Duration glimpse,
    Duration pause,
    Duration rest,
    Duration idle) {
  static final int FILES_IN_A_DIRECTORY = 20;

  /** What the bars are meant for. */
  static final Scale FULL =
      new Scale(
          10_000,
          5_000,
          1L << 30,
          1_000_000,
          20,
          5_000,
          Duration.ofSeconds(2),
          Duration.ofSeconds(6),
          Duration.ofSeconds(1),
          Duration.ofSeconds(45),
          Duration.ofSeconds(60));

  /** To see that everything works. */
  static final Scale QUICK =
      new Scale(
          3_000,
          250,
          64L << 20,
          20_000,
          4,
          500,
          Duration.ofMillis(500),
          Duration.ofSeconds(1),
          Duration.ofMillis(200),
          Duration.ofSeconds(2),
          Duration.ofSeconds(5));

  int wideFiles() {
    return wideDirectories * FILES_IN_A_DIRECTORY;
  }
}
