package io.relais.failover.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.relais.failover.cli.Main;
import io.relais.testbed.web.TestCertificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/**
 * The program in jars, with an archive of its classes (JEP 350) beside them, which halves the time
 * that a process needs to start: these tests start hundreds. Made once for a test run.
 */
final class ProgramArchive {
  private static final ProgramArchive INSTANCE = make();

  private final Path folder;
  private final String classPath;

  private ProgramArchive(Path folder, String classPath) {
    this.folder = folder;
    this.classPath = classPath;
  }

  /** The start of a command line; only the program's own arguments are missing. */
  static ImmutableList<String> command() {
    return INSTANCE.command("-XX:SharedArchiveFile=" + INSTANCE.archive());
  }

  private Path archive() {
    return folder.resolve("classes.jsa");
  }

  private ImmutableList<String> command(String archive) {
    return ImmutableList.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx256m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "--enable-native-access=ALL-UNNAMED",
        archive,
        "-Xlog:cds*=off,aot*=off",
        "-cp",
        classPath,
        Main.class.getName());
  }

  private static ProgramArchive make() {
    try {
      Path folder = Files.createTempDirectory("relais-program");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      ProgramArchive archive = new ProgramArchive(folder, jars(folder));
      archive.train();
      return archive;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try {
      MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An archive takes no directories of classes. */
  private static String jars(Path folder) throws IOException {
    List<String> parts = new ArrayList<>();
    ToolProvider jar = ToolProvider.findFirst("jar").orElseThrow();
    for (String part : Splitter.on(':').split(System.getProperty("java.class.path"))) {
      if (Files.isDirectory(Path.of(part))) {
        String file = folder.resolve("part" + parts.size() + ".jar").toString();
        int code = jar.run(System.out, System.err, "-cf", file, "-C", part, ".");
        if (code != 0) {
          throw new IOException("jar ended with " + code);
        }
        parts.add(file);
      } else {
        parts.add(part);
      }
    }
    return Joiner.on(':').join(parts);
  }

  /** A run that needs most of what other runs need. */
  private void train() throws IOException {
    TestCertificates certificates = new TestCertificates();
    certificates.writeAuthority(folder.resolve("ca.pem"));
    try (WebSite site =
        new WebSite(
            InetAddress.ofLiteral("127.0.0.1"),
            0,
            certificates.valid(Duration.ofDays(60), FailoverBed.NAME))) {
      Path config =
          Files.writeString(
              folder.resolve("training.toml"),
              """
              [watcher]
              state_dir = "%1$s/state"
              [[watch]]
              name = "site"
              [[watch.probe]]
              url = "https://%2$s:%3$d/"
              address = "127.0.0.1"
              ca_file = "%1$s/ca.pem"
              """
                  .formatted(folder, FailoverBed.NAME, site.port()),
              UTF_8);
      List<String> command = new ArrayList<>(command("-XX:ArchiveClassesAtExit=" + archive()));
      command.addAll(List.of("-c", config.toString(), "check"));
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("training.log").toFile())
              .start();
      if (process.waitFor() != 0 || !Files.exists(archive())) {
        throw new IOException(Files.readString(folder.resolve("training.log")));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
