package io.relais.failover.config;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.toml.ConfigException;
import io.relais.common.toml.TomlDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Collectors;

/** Configuration files for tests, made of tables without a mistake, and secrets in a directory. */
final class ConfigFiles {
  private static final ImmutableMap<String, String> TABLES =
      ImmutableMap.of(
          "site",
          """
          [site]
          name = "www.example.org"
          production = ["192.0.47.132"]
          [[site.probe]]
          url = "https://www.example.org/"
          """,
          "canaries",
          """
          [[canary]]
          url = "https://www.debian.org/"
          [[canary]]
          tcp = "9.9.9.9:53"
          """,
          "backup",
          """
          [backup]
          [[backup.address]]
          fixed = "93.184.215.20"
          """,
          "dns",
          """
          [dns]
          provider = "ovh"
          """,
          "notify",
          """
          [[notify.command]]
          command = ["/usr/local/bin/tell-me"]
          """);

  private ConfigFiles() {}

  /** All tables that a switch needs, but for some. */
  static String allBut(String... left) {
    ImmutableSet<String> out = ImmutableSet.copyOf(left);
    return TABLES.entrySet().stream()
        .filter(table -> !out.contains(table.getKey()))
        .map(Map.Entry::getValue)
        .collect(Collectors.joining());
  }

  /** Expands {@code %but NAME NAME} on a line of its own, and {@code %dir} anywhere. */
  static String expand(String text, Path directory) {
    return text.lines()
        .map(
            line ->
                line.startsWith("%but")
                    ? allBut(
                        Splitter.on(' ').splitToList(line).stream().skip(1).toArray(String[]::new))
                    : line.replace("%dir", directory.toString()) + "\n")
        .collect(Collectors.joining());
  }

  /** A file that only we may read. */
  static Path secret(Path directory, String name, String content) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(file, content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  static ConfigLoader.Checked check(String toml) throws ConfigException {
    return check(toml, Map.of());
  }

  static ConfigLoader.Checked check(String toml, Map<String, String> environment)
      throws ConfigException {
    return new ConfigLoader(environment).read(TomlDocument.parse(toml, "w.toml"));
  }
}
