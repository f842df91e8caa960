package io.relais.openssh;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import io.relais.openssh.HostResolver.LocalUser;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** Turns what the lines set into a {@link ResolvedHost}: defaults, tokens, paths. */
final class HostAssembler {
  private final LocalUser local;
  private final HostOptions options;
  private final Interpreter.Outcome outcome;
  private final int port;
  private final String user;
  private final Optional<String> hostKeyAlias;
  private final ImmutableList<Jump> jumps;
  private final Tokens tokens;
  private final ImmutableList.Builder<ResolvedHost.Warning> relative = ImmutableList.builder();

  private HostAssembler(LocalUser local, Interpreter.Outcome outcome) throws SshConfigException {
    this.local = local;
    this.outcome = outcome;
    options = outcome.options();
    port = port();
    user = user();
    hostKeyAlias = options.value("hostkeyalias").map(Ascii::toLowerCase);
    jumps = jumps();
    tokens = new Tokens(tokens(), Optional.of(local.environment()));
  }

  static ResolvedHost assemble(LocalUser local, Interpreter.Outcome outcome)
      throws SshConfigException {
    return new HostAssembler(local, outcome).host();
  }

  private ResolvedHost host() throws SshConfigException {
    ImmutableList<ConfigLine> identities = options.lines("identityfile");
    return new ResolvedHost(
        outcome.request().alias(),
        outcome.hostName(),
        port,
        user,
        identities.isEmpty() ? usualIdentities() : keyFiles(identities),
        identities.isEmpty(),
        flag("identitiesonly"),
        keyFiles(options.lines("certificatefile")),
        knownHosts("userknownhostsfile", local.sshDirectory().resolve("known_hosts"), true),
        knownHosts(
            "globalknownhostsfile", local.systemDirectory().resolve("ssh_known_hosts"), false),
        hostKeyAlias,
        options.value("hostkeyalgorithms"),
        options.value("pubkeyacceptedalgorithms"),
        options.value("ciphers"),
        options.value("kexalgorithms"),
        options.value("macs"),
        flag("compression"),
        jumps,
        time("connecttimeout"),
        time("serveraliveinterval"),
        aliveCount(),
        warnings());
  }

  private int port() throws SshConfigException {
    if (outcome.request().port().isPresent()) {
      return outcome.request().port().getAsInt();
    }
    Optional<ConfigLine> line = options.line("port");
    return line.isPresent() ? line.get().port() : 22;
  }

  private String user() throws SshConfigException {
    if (outcome.request().user().isPresent()) {
      return outcome.request().user().get();
    }
    Optional<ConfigLine> line = options.line("user");
    if (line.isPresent() && line.get().single().matches(".*(%|\\$\\{).*")) {
      throw line.get().fault("releases of OpenSSH read tokens in User differently; write the name");
    }
    return options.value("user").orElse(local.name());
  }

  /** The hops with their tokens, which stand for this host, not for the hop. */
  private ImmutableList<Jump> jumps() throws SshConfigException {
    Optional<HostOptions.Proxy> proxy = options.proxy();
    if (proxy.isEmpty()) {
      return ImmutableList.of();
    }
    ConfigLine line = new ConfigLine(proxy.get().at(), "ProxyJump", "", ImmutableList.of(), true);
    Tokens known =
        new Tokens(
            ImmutableMap.of(
                'h', outcome.hostName(),
                'n', outcome.request().alias(),
                'p', String.valueOf(port),
                'r', user),
            Optional.empty());
    ImmutableList.Builder<Jump> expanded = ImmutableList.builder();
    for (Jump jump : proxy.get().jumps()) {
      Optional<String> login =
          jump.user().isPresent()
              ? Optional.of(known.expand(line, jump.user().get()))
              : Optional.empty();
      expanded.add(new Jump(login, known.expand(line, jump.host()), jump.port()));
    }
    return expanded.build();
  }

  private ImmutableMap<Character, String> tokens() {
    String shortName = local.hostName().replaceFirst("\\..*", "");
    ImmutableMap.Builder<Character, String> known = ImmutableMap.builder();
    known
        .put('L', shortName)
        .put('l', local.hostName())
        .put('d', local.home().toString())
        .put('h', outcome.hostName())
        .put('i', String.valueOf(local.uid()))
        .put('k', hostKeyAlias.orElse(outcome.request().alias()))
        .put('n', outcome.request().alias())
        .put('p', String.valueOf(port))
        .put('r', user)
        .put('u', local.name());
    if (jumps.isEmpty()) {
      // With a jump, %C takes it in from OpenSSH 9.7 on and not before: left out, so refused.
      known.put('j', "");
      known.put('C', connectionHash());
    } else {
      known.put('j', jumps.getLast().host());
    }
    return known.buildOrThrow();
  }

  @SuppressWarnings("deprecation") // SHA-1 names a file here; OpenSSH prescribes it.
  private String connectionHash() {
    return Hashing.sha1()
        .hashString(local.hostName() + outcome.hostName() + port + user, StandardCharsets.UTF_8)
        .toString();
  }

  private ImmutableList<Path> usualIdentities() {
    return ImmutableList.of(
        local.sshDirectory().resolve("id_ed25519"),
        local.sshDirectory().resolve("id_ecdsa"),
        local.sshDirectory().resolve("id_rsa"));
  }

  private ImmutableList<Path> keyFiles(ImmutableList<ConfigLine> lines) throws SshConfigException {
    ImmutableList.Builder<Path> files = ImmutableList.builder();
    for (ConfigLine line : lines) {
      boolean none =
          line.keyword().startsWith("identity") && line.single().equalsIgnoreCase("none");
      if (!none) {
        files.add(path(line, tokens.expand(line, local.expandTilde(line, line.single()))));
      }
    }
    return files.build();
  }

  private ImmutableList<Path> knownHosts(String name, Path usual, boolean expanded)
      throws SshConfigException {
    Optional<ConfigLine> line = options.line(name);
    if (line.isEmpty()) {
      return ImmutableList.of(usual, usual.resolveSibling(usual.getFileName() + "2"));
    }
    ImmutableList.Builder<Path> files = ImmutableList.builder();
    for (String file : line.get().arguments()) {
      if (!file.equalsIgnoreCase("none")) {
        String path = local.expandTilde(line.get(), file);
        files.add(path(line.get(), expanded ? tokens.expand(line.get(), path) : path));
      }
    }
    return files.build();
  }

  private Path path(ConfigLine line, String text) throws SshConfigException {
    try {
      Path path = local.home().getFileSystem().getPath(text);
      if (!path.isAbsolute()) {
        relative.add(
            new ResolvedHost.Warning(
                line.spelled(),
                line.at(),
                "names '" + text + "', which is looked for in the working directory"));
      }
      return path;
    } catch (InvalidPathException e) {
      throw line.fault("'" + text + "' can't be a path in this locale; run in a UTF-8 locale");
    }
  }

  private boolean flag(String name) throws SshConfigException {
    Optional<ConfigLine> line = options.line(name);
    return line.isPresent() && line.get().flag();
  }

  private Optional<Duration> time(String name) throws SshConfigException {
    Optional<ConfigLine> line = options.line(name);
    return line.isPresent() ? line.get().time() : Optional.empty();
  }

  private OptionalInt aliveCount() throws SshConfigException {
    Optional<ConfigLine> line = options.line("serveralivecountmax");
    return line.isPresent() ? OptionalInt.of(line.get().count()) : OptionalInt.empty();
  }

  private ImmutableList<ResolvedHost.Warning> warnings() throws SshConfigException {
    return ImmutableList.<ResolvedHost.Warning>builder()
        .addAll(options.warnings())
        .addAll(relative.build())
        .build();
  }

  /**
   * Expands {@code %x} and <code>${NAME}</code>: ssh_config(5), TOKENS and ENVIRONMENT VARIABLES.
   *
   * @param tokens what each letter stands for
   * @param environment empty: <code>${NAME}</code> is left as it is
   */
  record Tokens(
      ImmutableMap<Character, String> tokens, Optional<ImmutableMap<String, String>> environment) {

    /** Expands a value of this line. */
    String expand(ConfigLine line, String text) throws SshConfigException {
      StringBuilder expanded = new StringBuilder();
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (environment.isPresent() && text.startsWith("${", i)) {
          int close = text.indexOf('}', i);
          if (close < 0) {
            throw line.fault("'${' is not closed; add the '}'");
          }
          expanded.append(variable(line, environment.get(), text.substring(i + 2, close)));
          i = close;
        } else if (c == '%') {
          i++;
          expanded.append(token(line, text, i));
        } else {
          expanded.append(c);
        }
      }
      return expanded.toString();
    }

    private static String variable(
        ConfigLine line, ImmutableMap<String, String> environment, String name)
        throws SshConfigException {
      String value = environment.get(name);
      if (value == null) {
        throw line.fault("the environment variable " + name + " is not set; set it");
      }
      return value;
    }

    private String token(ConfigLine line, String text, int at) throws SshConfigException {
      if (at == text.length()) {
        throw line.fault("a lone '%' ends the value; write '%%' for a literal '%'");
      }
      char key = text.charAt(at);
      String value = key == '%' ? "%" : tokens.get(key);
      if (value == null) {
        throw line.fault(
            line.spelled()
                + " does not support the token '%"
                + key
                + "'; write '%%' for a literal '%' (ssh_config(5), TOKENS)");
      }
      return value;
    }
  }
}
