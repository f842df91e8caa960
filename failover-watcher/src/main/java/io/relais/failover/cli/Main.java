package io.relais.failover.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The program {@code failover-watcher}. */
@Command(
    name = "failover-watcher",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Watches a web site and moves its DNS records to the backup when that helps.",
      "",
      "Not there yet: this version watches nothing and switches nothing. It has only --help and"
          + " --version. The mirror, sync-agent, works on its own."
    })
public final class Main implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before it calls run
  private CommandSpec spec;

  private Main() {}

  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, UTF_8);
    System.exit(run(args, out, err));
  }

  /** What {@link #main} does, short of ending the JVM. */
  static int run(String[] args, PrintWriter out, PrintWriter err) {
    return new CommandLine(new Main()).setOut(out).setErr(err).execute(args);
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "failover-watcher has no commands yet; nothing is being watched");
  }

  /** The version in the manifest of the jar; there is none in a run from the compiler's output. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"failover-watcher " + (version == null ? "(development)" : version)};
    }
  }
}
