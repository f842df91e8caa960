package io.relais.openssh;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.openssh.ConfigLine.ConfigLocation;
import io.relais.openssh.HostAssembler.Tokens;
import io.relais.openssh.HostResolver.LocalUser;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Applies the files to one request, line by line, as readconf.c does: which {@code Host} and {@code
 * Match} lines apply, and so which options are set. For one use.
 */
final class Interpreter {
  private final ImmutableList<SshConfigFile> files;
  private final LocalUser local;
  private final Request request;
  private final HostOptions options = new HostOptions();
  private boolean finalPass;
  private boolean wantsFinalPass;
  private boolean named;
  private Optional<String> finalHost = Optional.empty();

  /**
   * What ssh would be called with: {@code ssh [-l user] [-p port] [-J jumps] alias}. These win over
   * everything that the files say.
   *
   * @param askedBy the line that has this host as a jump; empty: the user asks
   */
  record Request(
      String alias,
      Optional<String> user,
      OptionalInt port,
      Optional<ImmutableList<Jump>> jumps,
      Optional<ConfigLocation> askedBy) {

    static Request of(String alias) {
      return new Request(
          alias, Optional.empty(), OptionalInt.empty(), Optional.empty(), Optional.empty());
    }

    /** How ssh calls itself for the last hop of a jump, the hops before it becoming its jump. */
    static Request lastHop(ImmutableList<Jump> jumps, ConfigLocation askedBy) {
      Jump last = jumps.getLast();
      ImmutableList<Jump> before = jumps.subList(0, jumps.size() - 1);
      return new Request(
          last.host(),
          last.user(),
          last.port(),
          before.isEmpty() ? Optional.empty() : Optional.of(before),
          Optional.of(askedBy));
    }
  }

  /**
   * What came out.
   *
   * @param hostName the name or address to connect to, as OpenSSH normalizes it
   * @param named whether a {@code Host} or {@code Match} with more than a pure {@code *} applied
   */
  record Outcome(Request request, HostOptions options, String hostName, boolean named) {}

  Interpreter(ImmutableList<SshConfigFile> files, LocalUser local, Request request) {
    this.files = files;
    this.local = local;
    this.request = request;
  }

  Outcome run() throws SshConfigException {
    if (request.jumps().isPresent() && request.askedBy().isPresent()) {
      options.setProxy(new HostOptions.Proxy(request.askedBy().get(), request.jumps().get(), true));
    }
    for (SshConfigFile file : files) {
      apply(file, true, false);
    }
    String host = normalize(currentHost(), options.line("hostname"));
    if (wantsFinalPass || canonicalizes()) {
      finalHost = Optional.of(host);
      finalPass = true;
      for (SshConfigFile file : files) {
        apply(file, true, false);
      }
    }
    return new Outcome(request, options, host, named);
  }

  /**
   * OpenSSH reads the files a second time when names are made canonical. The lookup itself is not
   * done here (a warning says so), but names that need none come out the same.
   */
  private boolean canonicalizes() throws SshConfigException {
    Optional<ConfigLine> line = options.line("canonicalizehostname");
    return line.isPresent() && !Ascii.toLowerCase(line.get().single()).matches("no|false");
  }

  /** The host name as far as it is known at this line. */
  private String currentHost() throws SshConfigException {
    Optional<ConfigLine> line = options.line("hostname");
    if (finalHost.isPresent() || line.isEmpty()) {
      return finalHost.orElse(request.alias());
    }
    return new Tokens(ImmutableMap.of('h', request.alias()), Optional.empty())
        .expand(line.get(), line.get().single());
  }

  /** The name to connect to: names in lower case, addresses in their usual form. */
  private static String normalize(String host, Optional<ConfigLine> line)
      throws SshConfigException {
    boolean scoped = host.indexOf('%') >= 0;
    if (scoped || !looksLikeAddress(host)) {
      return scoped ? host : Ascii.toLowerCase(host);
    }
    if (!InetAddresses.isInetAddress(host)) {
      String message =
          "'" + host + "' is not a complete address; write all its parts, or use a name";
      throw line.isPresent() ? line.get().fault(message) : new SshConfigException(message);
    }
    InetAddress address = InetAddresses.forString(host);
    // ::ffff:192.0.2.1 stays what it is, though the JDK takes it for 192.0.2.1.
    boolean mapped = host.indexOf(':') >= 0 && address instanceof Inet4Address;
    String usual = InetAddresses.toAddrString(address);
    // OpenSSH leaves an address alone where only its case is unusual.
    return mapped || Ascii.equalsIgnoreCase(usual, host) ? host : usual;
  }

  private static boolean looksLikeAddress(String host) {
    return host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
  }

  /**
   * Applies a file.
   *
   * @param initial whether lines before the first {@code Host} or {@code Match} apply
   * @param never whether nothing in it can apply, because it is included where nothing does
   */
  private void apply(SshConfigFile file, boolean initial, boolean never) throws SshConfigException {
    boolean active = initial;
    for (SshConfigFile.Statement statement : file.statements()) {
      switch (statement) {
        case SshConfigFile.Include include -> {
          for (SshConfigFile included : include.files()) {
            apply(included, active, never || !active);
          }
        }
        case SshConfigFile.Plain(ConfigLine line) ->
            active =
                switch (line.keyword()) {
                  case "host" -> host(line, never);
                  case "match" -> match(line, never);
                  default -> {
                    option(line, active);
                    yield active;
                  }
                };
      }
    }
  }

  private boolean host(ConfigLine line, boolean never) throws SshConfigException {
    // On the second reading OpenSSH compares with the name that the first one came to.
    String name = finalHost.orElse(request.alias());
    boolean active = false;
    boolean names = false;
    for (String argument : line.arguments()) {
      if (argument.isEmpty()) {
        throw line.fault("Host has an empty pattern; remove it");
      }
      boolean negated = argument.startsWith("!");
      String pattern = negated ? argument.substring(1) : argument;
      if (!never && Patterns.matches(name, pattern)) {
        if (negated) {
          return false;
        }
        active = true;
        names |= !Patterns.isCatchAll(pattern);
      }
    }
    named |= active && names && !finalPass;
    return active;
  }

  private boolean match(ConfigLine line, boolean never) throws SshConfigException {
    String host = currentHost();
    boolean matches = true;
    boolean names = false;
    Optional<String> undecided = Optional.empty();
    for (Criterion criterion : Criterion.parseAll(line)) {
      if (criterion.isUndecidable()) {
        undecided = undecided.or(() -> Optional.of(criterion.name()));
        continue;
      }
      wantsFinalPass |= criterion.name().equals("final");
      boolean holds = holds(criterion, host) != criterion.negated();
      matches &= holds;
      names |= holds && !criterion.negated() && criterion.namesHosts();
    }
    if (never || !matches) {
      return false;
    }
    if (undecided.isPresent()) {
      throw line.fault(
          "whether this applies to '"
              + request.alias()
              + "' depends on '"
              + undecided.get()
              + "', which can't be decided here; use Host or Match host for it");
    }
    named |= names;
    return true;
  }

  private boolean holds(Criterion criterion, String host) {
    String list = criterion.patterns();
    return switch (criterion.name()) {
      case "all" -> true;
      case "final", "canonical" -> finalPass;
      case "host" -> Patterns.matchesHost(host, list);
      case "originalhost" -> Patterns.matchesHost(request.alias(), list);
      case "user" ->
          Patterns.matchesList(
              request.user().or(() -> options.value("user")).orElse(local.name()), list);
      case "localuser" -> Patterns.matchesList(local.name(), list);
      default -> throw new IllegalStateException("a criterion that was not parsed: " + criterion);
    };
  }

  private void option(ConfigLine line, boolean active) throws SshConfigException {
    Optional<Option> option = Option.find(line.keyword());
    if (option.isPresent()) {
      options.read(option.get(), line, active);
    } else if (!isIgnored(line.keyword())) {
      throw line.fault(
          "'"
              + line.spelled()
              + "' is not an OpenSSH option; fix the spelling, or list it in IgnoreUnknown");
    }
  }

  private boolean isIgnored(String keyword) {
    Optional<String> list = options.value("ignoreunknown");
    return list.isPresent() && Patterns.matchesList(keyword, Ascii.toLowerCase(list.get()));
  }

  /**
   * A criterion of a {@code Match} line.
   *
   * @param name in lower case
   * @param patterns its argument; empty where it takes none
   */
  private record Criterion(String name, boolean negated, String patterns) {
    /** With one argument, and not to be decided here; some are only known to later releases. */
    private static final ImmutableSet<String> UNDECIDABLE =
        ImmutableSet.of("exec", "localnetwork", "version", "tagged", "command", "sessiontype");

    private static final ImmutableSet<String> WITH_PATTERNS =
        ImmutableSet.of("host", "originalhost", "user", "localuser");

    static ImmutableList<Criterion> parseAll(ConfigLine line) throws SshConfigException {
      if (line.rest().indexOf('\'') >= 0 || line.rest().indexOf('\\') >= 0) {
        throw line.fault(
            "releases of OpenSSH read quotes and backslashes in Match differently; use only \"…\"");
      }
      ArrayDeque<String> words = new ArrayDeque<>(line.arguments());
      if (words.isEmpty()) {
        throw line.fault("Match has no criterion; add one, e.g. Match host NAME");
      }
      ImmutableList.Builder<Criterion> criteria = ImmutableList.builder();
      for (int before = 0; !words.isEmpty(); before++) {
        Criterion criterion = parse(line, words);
        if (criterion.name().equals("all") && (before > 1 || !words.isEmpty())) {
          throw line.fault("'all' can't stand with other criteria; remove one or the other");
        }
        criteria.add(criterion);
      }
      return criteria.build();
    }

    /** Takes the next criterion off the words. */
    private static Criterion parse(ConfigLine line, ArrayDeque<String> words)
        throws SshConfigException {
      String word = words.removeFirst();
      boolean negated = word.startsWith("!");
      String name = Ascii.toLowerCase(negated ? word.substring(1) : word);
      int equals = name.indexOf('=');
      if (equals > 0) {
        words.addFirst(word.substring(equals + (negated ? 2 : 1)));
        name = name.substring(0, equals);
      }
      if (name.equals("all")) {
        return new Criterion(name, negated, "");
      }
      if (name.equals("final") || name.equals("canonical")) {
        if (negated) {
          // Up to 9.3, '!final' asks for a second reading; later releases don't.
          throw line.fault("releases of OpenSSH read '" + word + "' differently; remove it");
        }
        return new Criterion(name, false, "");
      }
      String patterns = words.pollFirst();
      if (patterns == null || (patterns.isEmpty() && !UNDECIDABLE.contains(name))) {
        throw line.fault("the criterion '" + name + "' has no pattern; add one");
      }
      if (!UNDECIDABLE.contains(name) && !WITH_PATTERNS.contains(name)) {
        throw line.fault(
            "'"
                + name
                + "' is not a Match criterion; use all, host, originalhost, user, localuser,"
                + " canonical or final");
      }
      return new Criterion(name, negated, patterns);
    }

    boolean isUndecidable() {
      return UNDECIDABLE.contains(name);
    }

    /** Whether it is about hosts, and has more than a pure {@code *}. */
    boolean namesHosts() {
      return name.endsWith("host")
          && !List.of(patterns.split(",")).stream()
              .allMatch(item -> Patterns.isCatchAll(item) || item.startsWith("!"));
    }
  }
}
