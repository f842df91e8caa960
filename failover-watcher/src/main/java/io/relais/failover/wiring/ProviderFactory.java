package io.relais.failover.wiring;

import io.relais.common.toml.ConfigException;
import io.relais.failover.config.DnsConfig;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.cloudflare.CloudflareSettings;
import io.relais.failover.dns.cloudflare.CloudflareZone;
import io.relais.failover.dns.command.CommandZone;
import io.relais.failover.dns.lookup.StubResolver;
import io.relais.failover.dns.ovh.OvhCredentials;
import io.relais.failover.dns.ovh.OvhZone;
import io.relais.failover.dns.rfc2136.TsigKey;
import io.relais.failover.dns.rfc2136.UpdatingServer;
import io.relais.failover.net.HttpCaller;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;

/** Makes the provider that the configuration names. */
public final class ProviderFactory {
  private final World world;
  private final HttpCaller http;
  private final StubResolver resolver;
  private final InstantSource clock;

  ProviderFactory(World world, HttpCaller http, StubResolver resolver, InstantSource clock) {
    this.world = world;
    this.http = http;
    this.resolver = resolver;
    this.clock = clock;
  }

  DnsProvider of(DnsConfig.Provider provider) throws ConfigException {
    return switch (provider) {
      case DnsConfig.Ovh ovh ->
          OvhZone.of(
              OvhCredentials.find(configured(ovh), world.environment(), places(world))
                  .settings(ovh.ids(), ovh.timeout()),
              http,
              clock);
      case DnsConfig.Cloudflare cloudflare ->
          CloudflareZone.of(
              new CloudflareSettings(
                  cloudflare.endpoint(),
                  cloudflare.token(),
                  cloudflare.zoneIds(),
                  cloudflare.timeout()),
              http,
              clock);
      case DnsConfig.Command program -> CommandZone.of(program.command(), program.timeout());
      case DnsConfig.Rfc2136 server ->
          new UpdatingServer(
              server.server(),
              TsigKey.of(server.keyName(), server.algorithm(), server.key()),
              server.timeout(),
              resolver,
              clockOf(clock));
    };
  }

  public static OvhCredentials.Configured configured(DnsConfig.Ovh ovh) {
    return new OvhCredentials.Configured(
        ovh.credentials(), ovh.endpoint(), ovh.tokenUrl(), ovh.allowHttp());
  }

  public static OvhCredentials.Places places(World world) {
    return new OvhCredentials.Places(
        world.directory().toAbsolutePath(),
        Optional.ofNullable(world.environment().get("HOME")).map(Path::of),
        world.etc());
  }

  /** TSIG's signatures take a clock with a time zone. */
  private static Clock clockOf(InstantSource source) {
    return new Clock() {
      @Override
      public ZoneId getZone() {
        return ZoneOffset.UTC;
      }

      @Override
      public Clock withZone(ZoneId zone) {
        return this;
      }

      @Override
      public Instant instant() {
        return source.instant();
      }
    };
  }
}
