package io.relais.sync.openssh;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.Optional;

/** Names what is set for a host and not honoured. */
final class Unhonoured {
  /** Distributions switch it on for everybody; it only adds a way to log in beside the keys. */
  private static final ImmutableSet<String> SILENT_IN_SYSTEM_FILES =
      ImmutableSet.of("gssapiauthentication");

  private Unhonoured() {}

  /**
   * The warnings.
   *
   * @throws SshConfigException if going on without an option would be unsafe
   */
  static ImmutableList<SshConfigWarning> warnings(Settings settings) throws SshConfigException {
    ImmutableList.Builder<SshConfigWarning> warnings = ImmutableList.builder();
    for (ConfigLine line : settings.all()) {
      warning(line).ifPresent(warnings::add);
    }
    return warnings.build();
  }

  private static Optional<SshConfigWarning> warning(ConfigLine line) throws SshConfigException {
    Keywords.Option option = Keywords.find(line.keyword());
    if (option == null || isHarmless(option, line)) {
      return Optional.empty();
    }
    return switch (option.treatment()) {
      case HONOURED -> canonicalize(option, line);
      case SILENT -> Optional.empty();
      case WARNED -> {
        boolean system = !line.userLevel() && SILENT_IN_SYSTEM_FILES.contains(option.name());
        yield system
            ? Optional.empty()
            : Optional.of(
                new SshConfigWarning(
                    line.spelled(), line.at(), "is not honoured: " + option.instead()));
      }
      case REFUSED ->
          throw line.fault(
              line.spelled() + " can't be honoured, and is not ignored; " + option.instead());
    };
  }

  private static Optional<SshConfigWarning> canonicalize(Keywords.Option option, ConfigLine line) {
    if (!option.name().equals("canonicalizehostname") || isOff(line)) {
      return Optional.empty();
    }
    return Optional.of(
        new SshConfigWarning(
            line.spelled(),
            line.at(),
            "is not honoured: names are used as they are written; write HostName in full"));
  }

  private static boolean isOff(ConfigLine line) {
    return Ascii.toLowerCase(line.rest()).matches("(no|false)\\b.*");
  }

  private static boolean isHarmless(Keywords.Option option, ConfigLine line) {
    if (line.arguments().isEmpty()) {
      return true;
    }
    ImmutableList<String> arguments = line.arguments();
    boolean plain =
        arguments.size() == 1
            || arguments.subList(1, arguments.size()).stream().allMatch("none"::equals);
    return plain && option.harmless().contains(Ascii.toLowerCase(arguments.getFirst()));
  }
}
