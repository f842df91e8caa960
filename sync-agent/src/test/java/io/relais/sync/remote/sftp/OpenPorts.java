package io.relais.sync.remote.sftp;

import static java.util.stream.Collectors.toSet;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The sockets on which this process listens (proc(5), /proc/net/tcp). */
final class OpenPorts {
  private static final String LISTENING = "0A";

  private OpenPorts() {}

  /** Their addresses and ports, in the kernel's hexadecimal form. */
  static Set<String> ofThisProcess() throws IOException {
    Set<String> own = ownSockets();
    return Stream.concat(lines("/proc/net/tcp"), lines("/proc/net/tcp6"))
        .map(line -> line.strip().split(" +"))
        .filter(fields -> fields[3].equals(LISTENING) && own.contains("socket:[" + fields[9] + "]"))
        .map(fields -> fields[1])
        .collect(toSet());
  }

  private static Stream<String> lines(String file) throws IOException {
    List<String> lines = Files.readAllLines(Path.of(file));
    return lines.stream().skip(1);
  }

  private static Set<String> ownSockets() throws IOException {
    Set<String> found = new HashSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path file : files) {
        try {
          found.add(Files.readSymbolicLink(file).toString());
        } catch (NoSuchFileException e) {
          // Closed meanwhile, such as the one this loop reads from.
        }
      }
    }
    return found;
  }
}
