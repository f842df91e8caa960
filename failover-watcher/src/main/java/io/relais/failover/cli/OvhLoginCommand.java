package io.relais.failover.cli;

import static com.google.common.collect.ImmutableSet.toImmutableSet;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.toml.ConfigException;
import io.relais.failover.config.DnsConfig;
import io.relais.failover.config.FailoverConfig;
import io.relais.failover.config.WatcherConfig;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.lookup.AuthoritativeServers;
import io.relais.failover.dns.lookup.StubResolver;
import io.relais.failover.dns.ovh.OvhCredentials;
import io.relais.failover.dns.ovh.OvhLogin;
import io.relais.failover.dyndns.DynDnsSettings;
import io.relais.failover.net.IpFamily;
import io.relais.failover.net.OkHttpCaller;
import io.relais.failover.state.StatusFile;
import io.relais.failover.wiring.ProviderFactory;
import io.relais.failover.wiring.UsageException;
import io.relais.failover.wiring.World;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code failover-watcher ovh-login}: a consumer key with only the rights that are needed. */
@Command(
    name = "ovh-login",
    mixinStandardHelpOptions = true,
    description = {
      "Request a consumer key of OVH with only the rights that a switch needs.",
      "It prints the URL at which you grant them, waits, and writes the key into an ovh.conf with"
          + " mode 0600.",
      "",
      "The application's key and secret are read from where OVH's own tools keep them: OVH_* in the"
          + " environment, ./ovh.conf, ~/.ovh.conf, /etc/ovh.conf, or the file that [dns.ovh] names."
          + " Make an application at https://eu.api.ovh.com/createApp/ first."
    })
final class OvhLoginCommand implements Callable<Integer> {
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofSeconds(2);

  private final RootCommand options;

  @Option(
      names = "--write",
      paramLabel = "OVH_CONF",
      description = "Where to write (default: the file that [dns.ovh] names, or ~/.ovh.conf).")
  private @Nullable Path file;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      description = "How long you may take to grant it (default: 600).")
  private int patience = 600;

  OvhLoginCommand(RootCommand options) {
    this.options = options;
  }

  @Override
  public Integer call() throws Exception {
    World world = options.world();
    WatcherConfig config = options.load();
    FailoverConfig failover = options.failover(config);
    if (!(failover.dns().provider() instanceof DnsConfig.Ovh ovh)) {
      throw new UsageException("the configuration's [dns] provider is not ovh");
    }
    try {
      return login(world, failover, ovh).code();
    } catch (DnsProviderException e) {
      world.err().println("failover-watcher: " + e.getMessage());
      return Exit.UNAVAILABLE.code();
    } catch (DnsLookupException e) {
      world
          .err()
          .println("failover-watcher: " + e.getMessage() + "; or name the zones in [dns] zones");
      return Exit.UNAVAILABLE.code();
    }
  }

  private Exit login(World world, FailoverConfig failover, DnsConfig.Ovh ovh)
      throws ConfigException,
          DnsProviderException,
          DnsLookupException,
          IOException,
          UsageException,
          InterruptedException {
    OvhCredentials.Application application = application(world, ovh);
    Path target = target(world, ovh);
    requireWritable(target);
    ImmutableSet<String> zones = zones(failover);
    if (options.dryRun()) {
      say(
          ImmutableMap.of("zones", zones, "file", target.toString()),
          "would request a key for %s, and write it to %s"
              .formatted(String.join(", ", zones), target));
      return Exit.OK;
    }
    OvhLogin login = new OvhLogin(OkHttpCaller.create(), world.clock(), CALL, POLL);
    OvhLogin.Pending pending = login.request(application, zones, addsAndDeletes(failover));
    say(
        ImmutableMap.of("validationUrl", pending.validationUrl()),
        """
        Open this, log in, choose the validity Unlimited, and confirm:

          %s

        waiting …"""
            .formatted(pending.validationUrl()));
    login.awaitValidation(pending, Duration.ofSeconds(patience));
    OvhLogin.write(target, pending);
    say(
        ImmutableMap.of("written", target.toString()),
        "written to "
            + target
            + "; try it: failover-watcher doctor; a daemon that runs takes it with: systemctl reload"
            + " failover-watcher");
    return Exit.OK;
  }

  /** For people, or as one object of JSON. */
  private void say(ImmutableMap<String, ?> fields, String text) throws IOException {
    options.world().out().println(options.json() ? StatusFile.json(fields) : text);
  }

  /** Without one there is nothing to request a key for. */
  private OvhCredentials.Application application(World world, DnsConfig.Ovh ovh)
      throws UsageException {
    try {
      return OvhCredentials.findApplication(
          ProviderFactory.configured(ovh), world.environment(), ProviderFactory.places(world));
    } catch (ConfigException e) {
      throw new UsageException(
          e.getMessage()
              + "\nThe key and the secret of an application must be there first. Make one at"
              + " https://eu.api.ovh.com/createApp/, and write into "
              + target(world, ovh)
              + ", with mode 0600:\n"
              + "  [default]\n  endpoint = ovh-eu\n  [ovh-eu]\n"
              + "  application_key = …\n  application_secret = …");
    }
  }

  /** Known before the user is sent to confirm a key. */
  private static void requireWritable(Path file) throws UsageException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null || !Files.isWritable(directory)) {
      throw new UsageException(
          file + " can't be written; name another file with --write, or run it as another user");
    }
  }

  private Path target(World world, DnsConfig.Ovh ovh) {
    if (file != null) {
      return file;
    }
    return ovh.credentials()
        .orElseGet(
            () -> Path.of(world.environment().getOrDefault("HOME", "/")).resolve(".ovh.conf"));
  }

  private static ImmutableSet<String> zones(FailoverConfig failover)
      throws DnsLookupException, InterruptedException {
    DnsConfig dns = failover.dns();
    AuthoritativeServers authority =
        new AuthoritativeServers(
            dns.zones(), dns.servers(), dns.verifyTimeout(), StubResolver.system());
    Set<String> zones = new HashSet<>();
    for (String name : failover.site().names()) {
      zones.add(authority.zoneOf(name));
    }
    if (ownName(failover).isPresent()) {
      zones.add(authority.zoneOf(ownName(failover).get()));
    }
    return zones.stream().sorted().collect(toImmutableSet());
  }

  /** The backup's own, where OVH holds it too. */
  private static Optional<String> ownName(FailoverConfig failover) {
    return failover
        .dyndns()
        .filter(DynDnsSettings.ByProvider.class::isInstance)
        .map(DynDnsSettings::name);
  }

  /**
   * Whether records come and go: not if one address takes the place of one other, of the same
   * family. The backup's own name may have to be made.
   */
  private static boolean addsAndDeletes(FailoverConfig failover) {
    ImmutableSet<InetAddress> production = failover.site().production();
    boolean oneForOne =
        production.size() == 1
            && failover
                .backup()
                .address()
                .families()
                .equals(ImmutableSet.of(IpFamily.of(production.iterator().next())));
    return !oneForOne || ownName(failover).isPresent();
  }
}
