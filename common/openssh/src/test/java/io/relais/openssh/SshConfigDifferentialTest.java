package io.relais.openssh;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ListMultimap;
import io.relais.openssh.ConfigLine.ConfigLocation;
import io.relais.openssh.HostResolver.LocalUser;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Compares what is read here with what {@code ssh -G} says, on random configurations. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class SshConfigDifferentialTest {
  private static final int CONFIGURATIONS = 200;

  /** What is refused here and not by ssh, since its releases differ or a tool is missing here. */
  private static final Pattern STRICTER =
      Pattern.compile(
          "releases of OpenSSH|does not support the token '%C'|takes 'none' for a host"
              + "|is not a valid jump host|ProxyCommand can't be run"
              + "|does not support the token '%[jkx]'"
              // Read by ssh only when it connects, which -G does not.
              + "|IdentityFile does not support the token|environment variable NO_SUCH"
              + "|another user's home|environment variable KEYS|not a complete address");

  @TempDir Path directory;

  @Test
  void readsRandomConfigurationsAsSshDoes() throws Exception {
    long first = Long.getLong("relais.seed", 20_260_101L);
    int agreed = 0;
    int refusedByBoth = 0;
    int stricter = 0;
    for (long seed = first; seed < first + CONFIGURATIONS; seed++) {
      Path config = new RandomConfig(seed, fresh(seed)).write();
      for (String alias : RandomConfig.ALIASES) {
        String context = "seed %d, alias %s:%n%s".formatted(seed, alias, Files.readString(config));
        RealSsh.Output said = ssh(config, alias);
        Reading ours = ours(config, alias);
        if (ours.error() == null) {
          assertThat(said.code()).as("%s%nssh says %s", context, said.err()).isZero();
          assertThat(ours.lines()).as(context).isEqualTo(theirs(said.out()));
          agreed++;
        } else if (said.code() != 0) {
          refusedByBoth++;
        } else {
          assertThat(ours.error()).as(context).containsPattern(STRICTER);
          stricter++;
        }
      }
    }
    System.out.printf(
        "ssh -G: %d answers equal, %d refused by both, %d refused only here (seeds from %d)%n",
        agreed, refusedByBoth, stricter, first);
    assertThat(agreed).isGreaterThan(CONFIGURATIONS);
    assertThat(refusedByBoth).isPositive();
  }

  private Path fresh(long seed) throws IOException {
    return Files.createDirectory(directory.resolve("seed " + seed));
  }

  private RealSsh.Output ssh(Path config, String alias) throws Exception {
    return RealSsh.run(directory, List.of("ssh", "-G", "-F", config.toString(), alias));
  }

  private record Reading(List<String> lines, @Nullable String error) {}

  private static Reading ours(Path config, String alias) throws IOException {
    LocalUser local = RealSsh.localUser();
    try {
      ResolvedHost host = HostResolver.ofFile(config, local).resolve(alias);
      HostOptions options =
          new Interpreter(
                  ImmutableList.of(SshConfigFile.explicit(config, local)),
                  local,
                  Interpreter.Request.of(alias))
              .run()
              .options();
      List<String> lines = new ArrayList<>();
      lines.add("hostname " + host.hostName());
      lines.add("port " + host.port());
      lines.add("user " + host.user());
      lines.add("identitiesonly " + (host.identitiesOnly() ? "yes" : "no"));
      lines.add("userknownhostsfile " + joined(host.userKnownHostsFiles()));
      lines.add("proxyjump " + jumps(options));
      lines.add("hostkeyalias " + host.hostKeyAlias().orElse(""));
      lines.add("identityfile " + identities(host, options));
      return new Reading(lines, null);
    } catch (SshConfigException e) {
      return new Reading(List.of(), e.getMessage());
    }
  }

  /** Without their tokens expanded, as -G shows them. */
  private static String jumps(HostOptions options) {
    return options.proxy().map(proxy -> Jump.format(proxy.jumps())).orElse("");
  }

  private static List<String> identities(ResolvedHost host, HostOptions options) {
    return host.usualIdentities()
        ? List.of()
        : options.lines("identityfile").stream().map(l -> l.arguments().getFirst()).toList();
  }

  private static String joined(List<Path> files) {
    return files.isEmpty() ? "none" : String.join(" ", files.stream().map(Path::toString).toList());
  }

  private static List<String> theirs(String out) throws SshConfigException {
    ListMultimap<String, String> said = ArrayListMultimap.create();
    out.lines()
        .forEach(
            line -> {
              String[] parts = line.split(" ", 2);
              said.put(parts[0], parts.length == 2 ? parts[1] : "");
            });
    boolean usual = said.get("identityfile").contains("~/.ssh/id_xmss");
    return List.of(
        "hostname " + one(said, "hostname"),
        "port " + one(said, "port"),
        "user " + one(said, "user"),
        "identitiesonly " + one(said, "identitiesonly"),
        // A Path holds no double slash.
        "userknownhostsfile " + one(said, "userknownhostsfile").replace("//", "/"),
        "proxyjump " + theirJumps(one(said, "proxyjump")),
        "hostkeyalias " + one(said, "hostkeyalias"),
        "identityfile " + (usual ? List.of() : said.get("identityfile")));
  }

  private static String theirJumps(String jumps) throws SshConfigException {
    return jumps.isEmpty()
        ? ""
        : Jump.format(
            Jump.parseList(
                new ConfigLine(
                    new ConfigLocation(Path.of("ssh -G"), 1),
                    "ProxyJump",
                    jumps,
                    ImmutableList.of(),
                    true)));
  }

  private static String one(ListMultimap<String, String> said, String name) {
    return said.get(name).isEmpty() ? "" : said.get(name).getFirst();
  }

  /** ssh expands the paths of keys only once it is connected, and tells them with -v. */
  @Test
  void expandsThePathsOfKeysAsSshDoes() throws Exception {
    try (ServerSocket server = new ServerSocket(0)) {
      Thread.ofVirtual().start(() -> answerOnce(server));
      Path config = directory.resolve("config");
      Files.writeString(
          config,
          """
          Host vault
            HostName 127.0.0.1
            Port %d
            User deploy
            IdentityFile ~/.ssh/%%h-%%n-%%p-%%r
            IdentityFile %s/%%u-%%i-%%L-%%l-%%k-%%%%
            IdentityFile none
            IdentityFile "%s/a b"
            IdentityFile ${KEYS}/%%C
            IdentityFile %%d//x
          """
              .formatted(server.getLocalPort(), directory, directory));

      RealSsh.Output said =
          RealSsh.run(directory, List.of("ssh", "-v", "-F", config.toString(), "vault"));
      List<String> theirs =
          said.err()
              .lines()
              .filter(line -> line.startsWith("debug1: identity file "))
              .map(line -> line.replaceAll("^debug1: identity file | type -?\\d+\\s*$", ""))
              .filter(file -> !file.endsWith("-cert"))
              .toList();
      ResolvedHost ours = HostResolver.ofFile(config, RealSsh.localUser()).resolve("vault");

      assertThat(theirs).as(said.err()).hasSize(5);
      assertThat(ours.identityFiles()).isEqualTo(theirs.stream().map(Path::of).toList());
    }
  }

  private static void answerOnce(ServerSocket server) {
    try {
      server.accept().close();
    } catch (IOException e) {
      // The test is over.
    }
  }

  @Test
  void refusesAFileThatOthersCanWriteToAsSshDoes() throws Exception {
    Path included = Files.writeString(directory.resolve("included"), "Port 9\n");
    Path config = Files.writeString(directory.resolve("config"), "Include \"" + included + "\"\n");
    for (String mode : List.of("rw-r--r--", "rw-r---w-", "rw-rw-rw-")) {
      Files.setPosixFilePermissions(included, PosixFilePermissions.fromString(mode));

      RealSsh.Output said = ssh(config, "a");
      Reading ours = ours(config, "a");

      assertThat(ours.error() == null).as("%s: %s", mode, said.err()).isEqualTo(said.code() == 0);
    }
  }
}
