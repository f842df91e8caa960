package io.relais.failover.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Range;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.common.toml.ConfigException;
import io.relais.failover.address.AddressSettings;
import io.relais.failover.address.AddressSettings.Source;
import io.relais.failover.decide.Policy;
import io.relais.failover.dns.RecordType;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.IpFamily;
import io.relais.failover.notify.ChannelSettings;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.NotifySettings;
import io.relais.failover.probe.ProbeSpec;
import io.relais.failover.probe.ProbeSpec.Redirects;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigLoaderTest {
  private static final String WATCH =
      """
      [[watch]]
      name = "backup"
      [[watch.probe]]
      tcp = "backup.example.org:22"
      """;

  @Test
  void nearlyEverythingHasADefault() throws Exception {
    WatcherConfig config = load(ConfigFiles.allBut());

    assertThat(config)
        .isEqualTo(
            new WatcherConfig(
                Path.of("/var/lib/failover-watcher"),
                Duration.ofSeconds(5),
                Optional.of(
                    new FailoverConfig(
                        new SiteConfig(
                            "www.example.org",
                            ImmutableList.of("www.example.org"),
                            ImmutableSet.of(InetAddresses.forString("192.0.47.132")),
                            Quantifier.ANY,
                            Quantifier.ALL,
                            ImmutableList.of(
                                page("https://www.example.org/", 200, 200, Redirects.SAME_SITE))),
                        Policy.DEFAULT,
                        Duration.ofMinutes(10),
                        false,
                        ImmutableList.of(
                            page("https://www.debian.org/", 200, 399, Redirects.NONE),
                            new ProbeSpec.Tcp(
                                "tcp 9.9.9.9:53",
                                HostAndPort.fromParts("9.9.9.9", 53),
                                Duration.ofSeconds(2))),
                        2,
                        ImmutableList.of(),
                        new BackupConfig(
                            InetAddresses.forString("127.0.0.1"),
                            true,
                            new AddressSettings(
                                ImmutableList.of(
                                    new Source.Fixed(InetAddresses.forString("93.184.215.20"))),
                                2,
                                ImmutableSet.of(IpFamily.V4)),
                            2,
                            Duration.ofMinutes(1),
                            ImmutableList.of(),
                            CertificateConfig.NONE),
                        ImmutableList.of(),
                        new DnsConfig(
                            new DnsConfig.Ovh(
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                false,
                                ImmutableMap.of(),
                                Duration.ofSeconds(10)),
                            Optional.of(Duration.ofSeconds(60)),
                            ImmutableList.of(),
                            ImmutableList.of(),
                            Duration.ofSeconds(3),
                            Duration.ofSeconds(150),
                            Duration.ofMinutes(1),
                            Optional.of(Duration.ofHours(6))),
                        Optional.empty(),
                        Optional.empty())),
                ImmutableList.of(),
                new NotifySettings(
                    ImmutableList.of(
                        new ChannelSettings.Command(
                            "command",
                            ImmutableSet.copyOf(Notice.Topic.values()),
                            ImmutableList.of("/usr/local/bin/tell-me"))),
                    Duration.ofSeconds(10),
                    Duration.ofHours(24),
                    Duration.ofHours(1)),
                Optional.empty(),
                WatcherConfig.PROGRAM));
  }

  private static ProbeSpec page(String url, int from, int to, Redirects redirects) {
    return new ProbeSpec.Http(
        url,
        URI.create(url),
        ImmutableRangeSet.of(Range.closed(from, to)),
        ImmutableList.of(),
        ImmutableList.of(),
        0,
        10 << 20,
        redirects,
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        new HttpLimits(
            Duration.ofSeconds(2),
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
            Duration.ofSeconds(4)),
        true,
        Duration.ofDays(14),
        Optional.empty());
  }

  @Test
  void aFileMayOnlyWatch() throws Exception {
    WatcherConfig config = load(WATCH);

    assertThat(config.failover()).isEmpty();
    assertThat(config.watches())
        .containsExactly(
            new WatchConfig(
                "backup",
                4,
                3,
                Quantifier.ALL,
                ImmutableList.of(
                    new WatchConfig.Target(
                        new ProbeSpec.Tcp(
                            "tcp backup.example.org:22",
                            HostAndPort.fromParts("backup.example.org", 22),
                            Duration.ofSeconds(2)),
                        Optional.empty()))));
  }

  @Test
  void aWatchMayAskANameServerAtAnAddressOfItsOwn() throws Exception {
    WatcherConfig config =
        load("[[watch]]\nname='a'\n[[watch.probe]]\ndns='a.org'\ntype='AAAA'\naddress='::1'\n");

    assertThat(config.watches().getFirst().targets())
        .containsExactly(
            new WatchConfig.Target(
                new ProbeSpec.Dns(
                    "dns a.org AAAA",
                    "a.org",
                    RecordType.AAAA,
                    Optional.empty(),
                    ImmutableList.of(),
                    Duration.ofSeconds(4)),
                Optional.of("::1")));
  }

  @Test
  void namesAreNormal() throws Exception {
    SiteConfig site =
        site(
            """
            name = "WWW.Example.org."
            names = ["WWW.Example.org.", "bücher.example.org"]
            production = ["2606:2800:0::1"]
            [[site.probe]]
            url = "HTTPS://Bücher.Example.org/é?q=1"
            """);

    assertThat(site.name()).isEqualTo("www.example.org");
    assertThat(site.names()).containsExactly("www.example.org", "xn--bcher-kva.example.org");
    assertThat(site.production()).containsExactly(InetAddresses.forString("2606:2800::1"));
    assertThat(site.probes().getFirst())
        .isInstanceOfSatisfying(
            ProbeSpec.Http.class,
            probe ->
                assertThat(probe.url())
                    .hasToString("https://xn--bcher-kva.example.org/%C3%A9?q=1"));
  }

  @Test
  void defaultsOfPartsAreCutToTheWhole() throws Exception {
    SiteConfig site =
        site(
            """
            name = "a.org"
            production = ["127.0.0.1"]
            allow_private = true
            [[site.probe]]
            url = "http://a.org/"
            tls_timeout = "500ms"
            timeout = "1s"
            """);

    assertThat(site.probes().getFirst())
        .isInstanceOfSatisfying(
            ProbeSpec.Http.class,
            probe ->
                assertThat(probe.limits())
                    .isEqualTo(
                        new HttpLimits(
                            Duration.ofSeconds(1),
                            Duration.ofMillis(500),
                            Duration.ofSeconds(1),
                            Duration.ofSeconds(1))));
  }

  private static SiteConfig site(String table) throws ConfigException {
    return load("[site]\n" + table + ConfigFiles.allBut("site")).failover().orElseThrow().site();
  }

  @Test
  void aTimeToLiveMayBeKept() throws Exception {
    DnsConfig dns =
        load("[dns]\nprovider = \"ovh\"\nttl = \"keep\"\nself_check = \"off\"\n"
                + ConfigFiles.allBut("dns"))
            .failover()
            .orElseThrow()
            .dns();

    assertThat(dns.ttl()).isEmpty();
    assertThat(dns.selfCheck()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"starttls,587", "tls,465", "none,25"})
  void aMailServerHasThePortOfItsSecurity(String security, int port) throws Exception {
    WatcherConfig config =
        load(
            """
            [[notify.mail]]
            server = "smtp.example.org"
            security = "%s"
            from = "a@example.org"
            to = ["b@example.org"]
            """
                    .formatted(security)
                + WATCH);

    assertThat(config.notices().channels().getFirst())
        .isInstanceOfSatisfying(
            ChannelSettings.Mail.class,
            mail -> {
              assertThat(mail.server()).isEqualTo(HostAndPort.fromParts("smtp.example.org", port));
              assertThat(mail.login()).isEmpty();
            });
  }

  @Test
  void aBareNameIsACredentialOfTheUnit(@TempDir Path directory) throws Exception {
    ConfigFiles.secret(directory, "hook", "https://hooks.example.org/s3cr3t\n");

    WatcherConfig config =
        ConfigFiles.check(
                "[deadman]\nurl_file = \"hook\"\n" + WATCH,
                Map.of("CREDENTIALS_DIRECTORY", directory.toString()))
            .config();

    assertThat(config.deadman().orElseThrow().url().value())
        .isEqualTo("https://hooks.example.org/s3cr3t");
    assertThat(config.toString()).doesNotContain("s3cr3t");
  }

  @Test
  void credentialsAreOnlyTakenFromTheirDirectory(@TempDir Path directory) throws Exception {
    ConfigFiles.secret(directory, "hook", "https://hooks.example.org/");
    Map<String, String> unit = Map.of("CREDENTIALS_DIRECTORY", directory.resolve("x").toString());

    assertThatThrownBy(() -> ConfigFiles.check("[deadman]\nurl_file = \"..\"\n" + WATCH, unit))
        .hasMessage(
            "w.toml:2:12: 'deadman.url_file': '%s/x/..' holds '..'; write the path that it"
                    .formatted(directory)
                + " leads to");
  }

  @Test
  void stateIsKeptWhereSystemdSays() throws Exception {
    Map<String, String> unit = Map.of("STATE_DIRECTORY", "/var/lib/private/watcher:/other");

    assertThat(ConfigFiles.check(WATCH, unit).config().stateDirectory())
        .isEqualTo(Path.of("/var/lib/private/watcher"));
    assertThat(
            ConfigFiles.check("[watcher]\nstate_dir = \"/srv/s\"\n" + WATCH, unit)
                .config()
                .stateDirectory())
        .isEqualTo(Path.of("/srv/s"));
  }

  @Test
  void aFileIsReadFromTheDisk(@TempDir Path directory) throws Exception {
    Path file = Files.writeString(directory.resolve("w.toml"), WATCH);

    assertThat(new ConfigLoader(Map.of()).load(file).watches()).hasSize(1);
    assertThatThrownBy(() -> new ConfigLoader(Map.of()).load(directory.resolve("none.toml")))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            directory.resolve("none.toml") + ": there is no such file; name another with -c FILE");
  }

  private static WatcherConfig load(String toml) throws ConfigException {
    return ConfigFiles.check(toml).config();
  }

  @Test
  void readsTheCopysCertificate() throws Exception {
    String toml =
        """
        [backup]
        certificate = "/srv/copy/fullchain.pem"
        reload_command = ["/bin/sh", "-c", "true"]
        reload_timeout = "7s"
        [[backup.address]]
        fixed = "93.184.215.20"
        """
            + ConfigFiles.allBut("backup");
    CertificateConfig read =
        ConfigFiles.check(toml).config().failover().orElseThrow().backup().certificate();
    assertThat(read)
        .isEqualTo(
            new CertificateConfig(
                Optional.of(Path.of("/srv/copy/fullchain.pem")),
                ImmutableList.of("/bin/sh", "-c", "true"),
                Duration.ofSeconds(7)));
  }
}
