package io.relais.sync.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.relais.loopback.LoopbackLink;
import io.relais.sync.wiring.World;
import io.relais.sync.wiring.World.Terminal;
import io.relais.testbed.PlainWords;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.stream.Collectors;

/** The program with an embedded backup, in one directory. */
final class Embedded implements AutoCloseable {
  final Path source;
  final Path copy;
  final Path config;
  final Path state;
  final LoopbackLink link;

  Embedded(Path directory) throws IOException {
    source = Files.createDirectory(directory.resolve("source"));
    state = directory.resolve("state");
    config = directory.resolve("sync-agent.toml");
    Path root = Files.createDirectory(directory.resolve("root"));
    copy = root.resolve("site");
    link = LoopbackLink.start(directory.resolve("ssh"), root);
    configure("");
  }

  /** Writes the configuration, with these lines at its end. */
  void configure(String more) throws IOException {
    Files.writeString(
        config,
        """
        [agent]
        state_dir = "%s"
        [ssh]
        config = "%s"
        [[sync]]
        name = "site"
        source = "%s"
        target = "backup:/site"
        """
                .formatted(state, link.sshConfig(), source)
            + more);
  }

  /** What a run left behind. */
  record Result(int code, String out, String err) {
    Result {
      PlainWords.assertSpokenIn(out);
      PlainWords.assertSpokenIn(err);
    }
  }

  Result run(String... arguments) {
    return run(Terminal.NONE, arguments);
  }

  /** The same with somebody at a terminal. */
  Result run(Terminal terminal, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] all = new String[arguments.length + 2];
    all[0] = "-c";
    all[1] = config.toString();
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    int code =
        Main.run(
            new World(
                Map.of(),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                InstantSource.system(),
                terminal),
            all);
    return new Result(code, out.toString(UTF_8), withoutServer(err.toString(UTF_8)));
  }

  /**
   * The embedded servers log in this process too, what they could not say to a client that left.
   */
  private static String withoutServer(String said) {
    return said.lines()
        .filter(line -> !line.contains("ServerSessionImpl["))
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  @Override
  public void close() throws IOException {
    link.close();
  }
}
