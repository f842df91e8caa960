package io.relais.openssh;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import io.relais.openssh.ConfigLine.ConfigLocation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The options that are set for one host, gathered line by line. The first value of an option wins;
 * the files with keys and certificates add up. For one thread.
 */
final class HostOptions {
  /** By name, in the order they were set: the line that decides an option with one value. */
  private final Map<String, ConfigLine> first = new LinkedHashMap<>();

  private final Map<String, List<ConfigLine>> every = new HashMap<>();
  private Optional<Proxy> proxy = Optional.empty();

  /**
   * How the host is reached, as decided by the first {@code ProxyJump} or {@code ProxyCommand}.
   *
   * @param at the line that decided it
   * @param jumps in the order to connect; empty: directly
   * @param fromJump whether the line is a {@code ProxyJump}
   */
  record Proxy(ConfigLocation at, ImmutableList<Jump> jumps, boolean fromJump) {}

  /**
   * Reads the line of an option. The value of one that is honoured is checked also where the line
   * does not apply: OpenSSH refuses the whole file then, and so does this.
   *
   * @param applies whether what it sets counts for this host
   */
  void read(Option option, ConfigLine line, boolean applies) throws SshConfigException {
    switch (option.name()) {
      case "proxyjump" -> {
        ImmutableList<Jump> jumps = Jump.parseList(line);
        if (applies) {
          setProxy(new Proxy(line.at(), jumps, true));
        }
      }
      case "proxycommand" -> {
        if (applies) {
          setCommand(line);
        }
      }
      case "identityfile", "certificatefile" -> {
        line.single();
        if (applies) {
          add(option.name(), line);
        }
      }
      default -> {
        if (hasValue(option, line) && applies) {
          first.putIfAbsent(option.name(), line);
        }
      }
    }
  }

  /** Checks the value of an option with one value; false if it is as if the line were not there. */
  private static boolean hasValue(Option option, ConfigLine line) throws SshConfigException {
    if (option.support() == Option.Support.HONOURED) {
      switch (option.name()) {
        case "port" -> line.port();
        case "identitiesonly" -> line.flag();
        case "serveralivecountmax" -> line.count();
        case "connecttimeout", "serveraliveinterval" -> {
          return line.time().isPresent();
        }
        case "userknownhostsfile", "globalknownhostsfile" -> checkFiles(line);
        case "stricthostkeychecking" -> checkStrict(line);
        default -> line.single();
      }
    }
    return !line.arguments().isEmpty();
  }

  private static void checkFiles(ConfigLine line) throws SshConfigException {
    for (String file : line.arguments()) {
      if (file.isEmpty()) {
        throw line.fault(line.spelled() + " has an empty path; remove it");
      }
      if (file.equalsIgnoreCase("none") && line.arguments().size() > 1) {
        throw line.fault("'none' must stand alone; remove it or the other files");
      }
    }
  }

  private static void checkStrict(ConfigLine line) throws SshConfigException {
    if (!Ascii.toLowerCase(line.single()).matches("yes|true|no|false|off|ask|accept-new")) {
      throw line.fault(
          line.spelled()
              + " must be yes, ask, accept-new or no, not '"
              + line.single()
              + "'; fix it");
    }
  }

  private void setCommand(ConfigLine line) throws SshConfigException {
    boolean none = line.rest().equalsIgnoreCase("none");
    if (proxy.isEmpty() && !none) {
      throw line.fault(
          "ProxyCommand can't be run here, and the host must not be dialled directly instead; use"
              + " ProxyJump");
    }
    if (!none && proxy.filter(jump -> jump.fromJump() && jump.jumps().isEmpty()).isPresent()) {
      throw line.fault(
          "releases of OpenSSH differ on a ProxyCommand after 'ProxyJump none'; put 'ProxyCommand"
              + " none' next to that line");
    }
    setProxy(new Proxy(line.at(), ImmutableList.of(), false));
  }

  /** Decides how the host is reached, unless that has been decided. */
  void setProxy(Proxy decided) {
    if (proxy.isEmpty()) {
      proxy = Optional.of(decided);
    }
  }

  /** Adds a line, unless one with the same value was added at the same level before. */
  private void add(String name, ConfigLine line) {
    List<ConfigLine> lines = every.computeIfAbsent(name, key -> new ArrayList<>());
    boolean repeated =
        lines.stream()
            .anyMatch(
                other ->
                    other.userLevel() == line.userLevel()
                        && other.arguments().equals(line.arguments()));
    if (!repeated) {
      lines.add(line);
    }
  }

  Optional<Proxy> proxy() {
    return proxy;
  }

  /** The line that decides an option with one value. */
  Optional<ConfigLine> line(String name) {
    return Optional.ofNullable(first.get(name));
  }

  /** The first argument of that line. */
  Optional<String> value(String name) {
    return line(name).map(line -> line.arguments().getFirst());
  }

  /** The lines of an option whose values add up. */
  ImmutableList<ConfigLine> lines(String name) {
    return ImmutableList.copyOf(every.getOrDefault(name, List.of()));
  }

  /**
   * What is set and not honoured.
   *
   * @throws SshConfigException if going on without an option would be unsafe
   */
  ImmutableList<ResolvedHost.Warning> warnings() throws SshConfigException {
    ImmutableList.Builder<ResolvedHost.Warning> warnings = ImmutableList.builder();
    for (Map.Entry<String, ConfigLine> set : first.entrySet()) {
      Option.find(set.getKey()).orElseThrow().warning(set.getValue()).ifPresent(warnings::add);
    }
    return warnings.build();
  }
}
