package io.relais.sync.openssh;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;

/** Applies the files to one request, line by line, as readconf.c does. For one use. */
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
    String host = HostNames.normalize(currentHost(), options.line("hostname"));
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
    return new Tokens(ImmutableMap.of('h', request.alias()), ImmutableMap.of())
        .expand(line.get(), line.get().single());
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
    String user = options.value("user").orElse(local.name());
    MatchLine.Result result =
        MatchLine.decide(
            line,
            new MatchLine.Facts(
                currentHost(),
                request.alias(),
                request.user().orElse(user),
                local.name(),
                finalPass));
    wantsFinalPass |= result.wantsFinalPass();
    if (!never && result.matches() && !result.undecided().isEmpty()) {
      throw line.fault(
          "whether this applies to '"
              + request.alias()
              + "' depends on '"
              + result.undecided()
              + "', which can't be decided here; use Host or Match host for it");
    }
    named |= !never && result.names();
    return !never && result.matches();
  }

  private void option(ConfigLine line, boolean active) throws SshConfigException {
    Optional<Option> option = Option.find(line.keyword());
    if (option.isPresent()) {
      options.read(option.get(), line, active);
    } else if (!isIgnored(line.keyword())) {
      throw line.fault(
          "OpenSSH knows no option '"
              + line.spelled()
              + "'; mend the spelling, or name it in IgnoreUnknown");
    }
  }

  private boolean isIgnored(String keyword) {
    Optional<String> list = options.value("ignoreunknown");
    return list.isPresent()
        && Patterns.matchList(keyword, Ascii.toLowerCase(list.get())) == Patterns.Answer.MATCH;
  }
}
