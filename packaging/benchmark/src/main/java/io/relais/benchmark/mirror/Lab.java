package io.relais.benchmark.mirror;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Where it all happens: the corpora, the link, and the daemons upon them. For one thread. */
final class Lab implements AutoCloseable {
  /** A tree to be mirrored. */
  enum Corpus {
    SITE,
    WIDE,
    BIG,
    MANY
  }

  /** The directory that a running agent prepares files in, as a shell pattern. */
  private static final String STAGING = ".relais-" + "[0-9a-f]".repeat(8) + "-*";

  private final Path directory;
  private final Path launcher;
  private final Scale scale;
  private final Profiles profiles;
  private final Link link;
  private final Map<Corpus, Path> made = new EnumMap<>(Corpus.class);
  private int started;

  Lab(Path directory, Path launcher, Scale scale, Link link, Profiles profiles) {
    this.directory = directory;
    this.launcher = launcher;
    this.scale = scale;
    this.profiles = profiles;
    this.link = link;
  }

  Link link() {
    return link;
  }

  Scale scale() {
    return scale;
  }

  /** A corpus as it was made; nobody may change it. */
  Path corpus(Corpus corpus) throws IOException {
    Path place = made.get(corpus);
    if (place != null) {
      return place;
    }
    Path root = directory.resolve(name(corpus));
    System.err.printf("mirror: making %s%n", root);
    switch (corpus) {
      case SITE -> Corpora.site(root, scale.siteFiles());
      case WIDE -> Corpora.wide(root, scale.wideDirectories());
      case BIG -> Corpora.big(root, scale.bigBytes());
      case MANY -> Corpora.many(root, scale.manyFiles());
    }
    made.put(corpus, root);
    return root;
  }

  private static String name(Corpus corpus) {
    return switch (corpus) {
      case SITE -> "site";
      case WIDE -> "wide";
      case BIG -> "big";
      case MANY -> "many";
    };
  }

  /** A copy of a corpus that may be changed, as it was made, whatever was done to it before. */
  Path copy(Corpus corpus) throws IOException, InterruptedException {
    Path copy = directory.resolve(name(corpus) + ".copy");
    Commands.check("rsync", "-a", "--delete", corpus(corpus) + "/", copy + "/");
    return copy;
  }

  /** A new name for a scratch file or directory; not below any source. */
  Path scratch(String name) {
    return directory.resolve(name + "-" + ++started);
  }

  /** A state directory that is kept until the end. */
  Path keptState(Contender contender, Corpus corpus) {
    return directory.resolve(contender.name().toLowerCase(Locale.ROOT) + name(corpus));
  }

  /** Starts a daemon; the agent is profiled if that was asked for. */
  Daemon start(Contender contender, Path state, Path source, String name) throws IOException {
    return contender == Contender.AGENT
        ? startAgent(state, source, name, profiles.options(name, link.roundTrip()))
        : LsyncdDaemon.start(
            state,
            link.sshConfig(contender.isShared()),
            source,
            link.host(contender),
            link.remote(contender, name),
            contender.isByShell());
  }

  /** Starts the agent with further options for its JVM. */
  AgentDaemon startAgent(Path state, Path source, String name, List<String> options)
      throws IOException {
    return AgentDaemon.start(
        launcher,
        directory.resolve("cache"),
        state,
        link.sshConfig(false),
        source,
        link.remote(Contender.AGENT, name),
        options);
  }

  /** Waits until a daemon has nothing to do any more. */
  void settle(Daemon daemon) throws IOException, InterruptedException {
    do {
      link.awaitSilence();
    } while (daemon.isBusy());
  }

  /** Removes what was made on the way. */
  void discard(Path scratch) throws IOException, InterruptedException {
    Commands.check("rm", "-rf", scratch.toString());
  }

  /** Whether a source and its copy hold the same names and contents. */
  boolean areEqual(Contender contender, Path source, String name)
      throws IOException, InterruptedException {
    Path copy = link.onDisk(contender, name);
    return Files.exists(copy)
        && Commands.succeeds("diff", "-rq", "-x", STAGING, source.toString(), copy.toString());
  }

  /** Removes the directory that a lab was made in, as far as possible. */
  static void forget(Path directory) {
    try {
      Commands.check("rm", "-rf", "--one-file-system", directory.toString());
    } catch (IOException e) {
      System.err.println("mirror: left behind: " + directory);
    }
  }

  @Override
  public void close() throws IOException {
    link.close();
    forget(directory);
  }
}
