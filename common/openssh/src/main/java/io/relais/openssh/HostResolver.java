package io.relais.openssh;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Answers what the OpenSSH client configuration says of a host. The files are read once, when it is
 * made; a change needs a new one.
 *
 * <p>Immutable, and safe for use by many threads. Every {@link SshConfigException} is the fault of
 * who wrote the files.
 */
public final class HostResolver {
  /** More hops than anybody has, and few enough to stop a chain that grows by its tokens. */
  private static final int MAX_HOPS = 16;

  private final ImmutableList<SshConfigFile> files;
  private final LocalUser local;

  private HostResolver(ImmutableList<SshConfigFile> files, LocalUser local) {
    this.files = files;
    this.local = local;
  }

  /**
   * Reads one file and nothing else, as {@code ssh -F FILE} does.
   *
   * @throws SshConfigException if it, or a file it includes, can't be read, is malformed, or others
   *     could write to it
   */
  public static HostResolver ofFile(Path file, LocalUser local) throws SshConfigException {
    return new HostResolver(ImmutableList.of(SshConfigFile.explicit(file, local)), local);
  }

  /**
   * Reads {@code ~/.ssh/config} and {@code /etc/ssh/ssh_config}, as far as they exist, as ssh does.
   *
   * @throws SshConfigException if a file can't be read, is malformed, or others could write to it
   */
  public static HostResolver ofUsualFiles(LocalUser local) throws SshConfigException {
    return new HostResolver(SshConfigFile.usual(local), local);
  }

  /**
   * What is set for an alias. An alias that no file names is a plain host name, as for ssh: ask
   * {@link #knows} first where that would be a mistake.
   *
   * @throws SshConfigException if a line is wrong, or asks for what can't be done here
   */
  public ResolvedHost resolve(String alias) throws SshConfigException {
    return HostAssembler.assemble(local, interpret(Interpreter.Request.of(alias)));
  }

  /**
   * The way to an alias. Each hop is looked up in the same files, with the login and the port that
   * the jump gives it, and a first hop's own {@code ProxyJump} is followed too.
   *
   * @throws SshConfigException as {@link #resolve}, for any hop; or if the hops form a circle
   */
  public HopChain route(String alias) throws SshConfigException {
    Deque<ResolvedHost> hops = new ArrayDeque<>();
    Interpreter.Request request = Interpreter.Request.of(alias);
    while (true) {
      Interpreter.Outcome outcome = interpret(request);
      ResolvedHost host = HostAssembler.assemble(local, outcome);
      Optional<HostOptions.Proxy> proxy = outcome.options().proxy();
      checkLoop(hops, host, proxy);
      hops.addFirst(host);
      if (host.jumps().isEmpty()) {
        return new HopChain(ImmutableList.copyOf(hops));
      }
      request = Interpreter.Request.lastHop(host.jumps(), proxy.orElseThrow().at());
    }
  }

  private static void checkLoop(
      Deque<ResolvedHost> behind, ResolvedHost host, Optional<HostOptions.Proxy> proxy)
      throws SshConfigException {
    if (host.jumps().isEmpty()) {
      return;
    }
    boolean circle =
        behind.size() >= MAX_HOPS
            || isItself(host)
            || behind.stream()
                .anyMatch(
                    other ->
                        other.alias().equals(host.alias())
                            && other.port() == host.port()
                            && other.user().equals(host.user())
                            && other.jumps().equals(host.jumps()));
    if (circle) {
      throw new SshConfigException(
          proxy.orElseThrow().at(),
          "ProxyJump leads from '"
              + host.alias()
              + "' through '"
              + Jump.format(host.jumps())
              + "' back to itself; add 'ProxyJump none' to the Host block of the first bastion,"
              + " above this line");
    }
  }

  /** The one circle that ssh itself sees: the jump is the very host it leads to. */
  private static boolean isItself(ResolvedHost host) {
    Jump last = host.jumps().getLast();
    return last.host().equals(host.hostName())
        && last.port().orElse(KnownHosts.STANDARD_PORT) == host.port()
        && last.user().orElse(host.user()).equals(host.user());
  }

  /**
   * Whether a {@code Host} or {@code Match} names the alias with more than a pure {@code *}.
   *
   * @throws SshConfigException as {@link #resolve}
   */
  public boolean knows(String alias) throws SshConfigException {
    return interpret(Interpreter.Request.of(alias)).named();
  }

  /** Every name without wildcards in a {@code Host} or {@code Match host}, in file order. */
  public ImmutableSet<String> aliases() {
    ImmutableSet.Builder<String> aliases = ImmutableSet.builder();
    files.forEach(file -> collectAliases(file, aliases));
    return aliases.build();
  }

  private static void collectAliases(SshConfigFile file, ImmutableSet.Builder<String> aliases) {
    for (SshConfigFile.Statement statement : file.statements()) {
      switch (statement) {
        case SshConfigFile.Include include ->
            include.files().forEach(included -> collectAliases(included, aliases));
        case SshConfigFile.Plain(ConfigLine line) -> {
          switch (line.keyword()) {
            case "host" ->
                line.arguments().stream().filter(Patterns::isLiteral).forEach(aliases::add);
            case "match" -> collectFromMatch(line.arguments(), aliases);
            default -> {}
          }
        }
      }
    }
  }

  private static void collectFromMatch(
      ImmutableList<String> words, ImmutableSet.Builder<String> aliases) {
    for (int i = 0; i + 1 < words.size(); i++) {
      if (words.get(i).equalsIgnoreCase("host") || words.get(i).equalsIgnoreCase("originalhost")) {
        Splitter.on(',')
            .splitToStream(words.get(i + 1))
            .filter(Patterns::isLiteral)
            .forEach(aliases::add);
      }
    }
  }

  private Interpreter.Outcome interpret(Interpreter.Request request) throws SshConfigException {
    return new Interpreter(files, local, request).run();
  }

  /**
   * Who reads the configuration, and where: everything that OpenSSH takes from the machine.
   *
   * @param name the login name ({@code %u}, and the default for {@code User})
   * @param uid the user's number ({@code %i})
   * @param home absolute ({@code ~} and {@code %d}); its file system is the one that is read
   * @param hostName the machine's name as {@code gethostname(2)} tells it ({@code %l})
   * @param environment what <code>${NAME}</code> is looked up in
   */
  public record LocalUser(
      String name, long uid, Path home, String hostName, ImmutableMap<String, String> environment) {

    /** A path of this line, with the user's home for a {@code ~} that it begins with. */
    String expandTilde(ConfigLine line, String path) throws SshConfigException {
      if (!path.startsWith("~")) {
        return path;
      }
      if (path.length() > 1 && path.charAt(1) != '/') {
        throw line.fault("another user's home can't be looked up here; write the path in full");
      }
      return home + "/" + path.substring(1).replaceFirst("^/+", "");
    }

    Path sshDirectory() {
      return home.resolve(".ssh");
    }

    Path systemDirectory() {
      return home.getFileSystem().getPath("/etc/ssh");
    }
  }
}
