package io.relais.sync.cli;

import com.google.common.collect.ImmutableList;
import io.relais.common.ExitCode;
import io.relais.openssh.HopChain;
import io.relais.openssh.HostResolver;
import io.relais.openssh.ResolvedHost;
import io.relais.sync.config.AgentConfig;
import io.relais.sync.config.ConfigLoader;
import io.relais.sync.config.SyncConfig;
import io.relais.sync.config.SyncConfig.TargetAddress;
import io.relais.sync.remote.Fence;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.status.StatusSink;
import io.relais.sync.watch.poll.SilentFileSystems;
import io.relais.sync.wiring.HardLinkProtection;
import io.relais.sync.wiring.MirrorFactory;
import io.relais.sync.wiring.OpenSshConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sync-agent config}: what there is to do with the configuration. */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    description = "Work with the configuration.")
final class ConfigCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before it calls run
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say what to do: sync-agent config check");
  }

  /**
   * {@code sync-agent config check}: reads both configurations; connects where that is asked for.
   */
  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description =
          "Check the configuration, and what it takes from OpenSSH's; connect to nothing, unless asked"
              + " to.")
  static final class Check implements Callable<Integer> {
    private final RootCommand options;

    @Option(
        names = "--connect",
        description =
            "Also connect to every target, and say what its server and disk can't do. To find that out"
                + " a file is made there under a temporary name, and removed again.")
    private boolean connect;

    Check(RootCommand options) {
      this.options = options;
    }

    @Override
    public Integer call() throws Exception {
      PrintStream out = options.world().out();
      ConfigLoader.Checked checked = options.loader().check(options.configFile());
      checked.warnings().forEach(out::println);
      HardLinkProtection.warning(HardLinkProtection.SETTING)
          .ifPresent(warning -> out.println("warning: " + warning));
      HostResolver hosts =
          OpenSshConfig.resolver(checked.config().ssh().config(), options.world().environment());
      for (SyncConfig sync : checked.config().syncs()) {
        unwatched(sync).forEach(line -> out.println("warning: " + sync.name() + ": " + line));
        for (TargetAddress target : sync.targets()) {
          HopChain route = hosts.route(target.host());
          route.hops().stream()
              .flatMap(hop -> hop.warnings().stream())
              .forEach(warning -> out.println("warning: " + warning));
          out.println(
              sync.name() + ": " + sync.source() + " -> " + target + " (" + way(route) + ")");
        }
      }
      out.println(options.configFile() + ": ok");
      return (connect ? connect(checked.config(), hosts) : ExitCode.OK).code();
    }

    private ExitCode connect(AgentConfig config, HostResolver hosts) throws Exception {
      ExitCode worst = ExitCode.OK;
      try (MirrorFactory mirrorFactory =
          new MirrorFactory(
              config, options.configFile(), hosts, StatusSink.NONE, options.world().clock())) {
        for (SyncConfig sync : config.syncs()) {
          for (TargetAddress address : sync.targets()) {
            worst = worst.worse(connect(address, mirrorFactory.parts(sync, address)));
          }
        }
      }
      return worst;
    }

    private ExitCode connect(TargetAddress address, MirrorFactory.Parts parts) {
      PrintStream out = options.world().out();
      String name = parts.settings().name() + ": " + address;
      try (SyncTarget target = parts.link().open(() -> {})) {
        String objection = target.objection();
        if (objection != null) {
          out.println(name + ": " + objection);
          return ExitCode.PARTIAL;
        }
        Fence fence = target.enter(SyncTarget.Session.VERIFY);
        if (fence != null) {
          out.println(name + " answers; PROMOTED: " + fence.describe());
          return ExitCode.HALTED;
        }
        target.probeDisk();
        ImmutableList<String> lacks = target.lacks();
        out.println(name + " answers" + (lacks.isEmpty() ? ", and lacks nothing" : ":"));
        lacks.forEach(line -> out.println("  " + line));
        return ExitCode.OK;
      } catch (IOException e) {
        // The other targets may well be reached.
        out.println(name + ": " + e.getMessage());
        return CommandLines.codeOf(e);
      }
    }

    /** What will be looked at from time to time; what is not there, or not to be read, is not. */
    private static List<String> unwatched(SyncConfig sync) {
      Path real;
      try {
        real = sync.source().toRealPath();
      } catch (IOException e) {
        return List.of();
      }
      return SilentFileSystems.at(real).entrySet().stream()
          .map(
              each ->
                  SilentFileSystems.told(
                      each.getKey(), each.getValue(), sync.poll().orElse(SyncConfig.DEFAULT_POLL)))
          .toList();
    }

    private static String way(HopChain route) {
      return route.hops().stream().map(Check::address).collect(Collectors.joining(", then "));
    }

    private static String address(ResolvedHost hop) {
      return hop.user() + "@" + hop.hostName() + ":" + hop.port();
    }
  }
}
