package io.relais.openssh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** Makes random configurations, small enough that their blocks often meet the same hosts. */
final class RandomConfig {
  static final List<String> ALIASES =
      List.of("alpha", "beta", "gamma.example", "Alpha", "10.0.0.1", "web-1", "none");

  private static final List<String> PATTERNS =
      List.of(
          "alpha",
          "beta",
          "gamma.example",
          "*",
          "a*",
          "*a",
          "?lpha",
          "*.example",
          "web-?",
          "Alpha",
          "10.0.*",
          "x",
          "\"alpha\"",
          "b*a",
          "??ta",
          "**");

  private static final List<String> HOSTS =
      List.of("%h.example", "alpha", "10.0.0.9", "Real.Example", "%h%%x", "beta", "2001:DB8::5");

  private static final List<String> TOKENS =
      List.of(
          "%h", "%n", "%p", "%r", "%u", "%d", "%i", "%L", "%l", "%k", "%%", "${KEYS}", "%C", "x");

  private static final List<String> JUMPS =
      List.of(
          "none",
          "hop",
          "u@hop",
          "hop:2022",
          "a,b",
          "a,u@b:22,ssh://c@d:33",
          "[::1]:23",
          "%r@hop-%h",
          "ssh://hop/",
          "NONE",
          "hop # comment",
          "ssh://hop");

  /** Lines that ssh refuses, or reads in a way of its own. */
  private static final List<String> ODD =
      List.of(
          "Bogus x",
          "ProxyJump hop,",
          "ProxyJump a:0",
          "ProxyJump ssh://h/path",
          "Port x",
          "Port 1 2",
          "Host \"\"",
          "User \"a",
          "IdentitiesOnly perhaps",
          "IgnoreUnknown b*,x",
          "User",
          "Port 22#3",
          "IdentityFile ~nobody_such/x",
          "HostName %p",
          "Match",
          "Match frob x",
          "Include \"\"",
          "UserKnownHostsFile a none",
          "ConnectTimeout 1x",
          "ServerAliveInterval 1m30s",
          "StrictHostKeyChecking sometimes",
          "RekeyLimit 1G",
          "Compression yes",
          "IdentityFile ${NO_SUCH}",
          "Match all host x",
          "UserKnownHostsFile /k/${NO_SUCH}",
          "UserKnownHostsFile /k/%z",
          "Match host");

  private final Random random;
  private final Path directory;
  private int files;

  RandomConfig(long seed, Path directory) {
    random = new Random(seed);
    this.directory = directory;
  }

  /** Writes a configuration with the files it includes; returns the main one. */
  Path write() throws IOException {
    return file("config", 0);
  }

  private Path file(String name, int depth) throws IOException {
    StringBuilder text = new StringBuilder();
    int lines = 1 + random.nextInt(depth == 0 ? 22 : 6);
    for (int i = 0; i < lines; i++) {
      text.append(line(depth)).append(random.nextInt(12) == 0 ? "\r\n" : "\n");
    }
    Path file = directory.resolve(name);
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    return file;
  }

  private String line(int depth) throws IOException {
    String indent = oneOf(List.of("", "", "  ", "\t"));
    return indent
        + switch (random.nextInt(depth == 0 ? 22 : 20)) {
          case 0, 1, 2 -> hostLine();
          case 3, 4 -> matchLine();
          case 5, 6 -> option("HostName", oneOf(HOSTS));
          case 7 -> option("Port", String.valueOf(1 + random.nextInt(5)));
          case 8 -> option("User", oneOf(List.of("deploy", "root", "\"a b\"", "'q'", "a\\ b")));
          case 9, 10, 11 -> option("IdentityFile", path());
          case 12, 13 -> option("ProxyJump", oneOf(JUMPS));
          case 14, 15 -> option("UserKnownHostsFile", knownHosts());
          case 16 -> option("IdentitiesOnly", oneOf(List.of("yes", "no", "TRUE", "false")));
          case 17 -> oneOf(List.of("", "# comment", "   ", "ForwardAgent yes", "SendEnv LANG"));
          case 18 -> option("HostKeyAlias", oneOf(List.of("Vault", "k2")));
          case 19 -> random.nextInt(6) == 0 ? oneOf(ODD) : "ProxyCommand none";
          default -> includeLine(depth);
        };
  }

  private String hostLine() {
    StringBuilder line = new StringBuilder(oneOf(List.of("Host", "host", "HOST")));
    int patterns = 1 + random.nextInt(3);
    for (int i = 0; i < patterns; i++) {
      line.append(' ').append(random.nextInt(4) == 0 ? "!" : "").append(oneOf(PATTERNS));
    }
    return line + (random.nextInt(8) == 0 ? " # beta" : "");
  }

  private String matchLine() {
    StringBuilder line = new StringBuilder("Match");
    int criteria = 1 + random.nextInt(2);
    for (int i = 0; i < criteria; i++) {
      String negation = random.nextInt(5) == 0 ? " !" : " ";
      line.append(
          switch (random.nextInt(7)) {
            case 0 -> negation + "all";
            case 1 -> negation + "host " + list();
            case 2 -> negation + "originalhost " + list();
            case 3 -> negation + "user deploy," + System.getProperty("user.name");
            case 4 -> negation + "localuser *,!nobody";
            case 5 -> random.nextInt(3) == 0 ? " final" : " host " + list();
            default -> random.nextInt(3) == 0 ? " canonical" : " host " + list();
          });
    }
    return line.toString();
  }

  private String list() {
    String list = unquoted() + (random.nextBoolean() ? "," + unquoted() : "");
    return (random.nextInt(4) == 0 ? "!" : "") + list + (random.nextInt(4) == 0 ? ",*" : "");
  }

  private String unquoted() {
    return oneOf(PATTERNS).replace("\"", "");
  }

  private String path() {
    return oneOf(
        List.of("~/.ssh/k1", "/k/" + oneOf(TOKENS), "\"/k/a b\"", "none", "/k/1", "'/k/c d' # x"));
  }

  private String knownHosts() {
    return oneOf(
        List.of(
            "/kh/" + oneOf(TOKENS) + oneOf(TOKENS),
            "~/kh " + "/kh/b",
            "\"/kh/a b\" /kh/c # d",
            "none",
            "~/.ssh/%h-%p-%r"));
  }

  private String option(String name, String value) {
    String spelled = random.nextInt(4) == 0 ? name.toLowerCase(Locale.ROOT) : name;
    return spelled + oneOf(List.of(" ", "=", " = ", "\t", "  ")) + value;
  }

  private String includeLine(int depth) throws IOException {
    String name = "inc " + depth + "-" + files++;
    file(name + ".a", depth + 1);
    if (random.nextBoolean()) {
      file(name + ".b", depth + 1);
    }
    return "Include \"" + directory + "/" + name + oneOf(List.of(".*\"", ".a\"", ".[ab]\" /no/*"));
  }

  private <T> T oneOf(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
