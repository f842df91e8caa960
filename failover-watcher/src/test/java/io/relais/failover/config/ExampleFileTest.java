package io.relais.failover.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableRangeSet;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Range;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.common.toml.ConfigException;
import io.relais.common.toml.ConfigProblem;
import io.relais.failover.address.AddressSettings.Source;
import io.relais.failover.decide.Policy;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.cloudflare.CloudflareSettings;
import io.relais.failover.dyndns.DynDnsSettings;
import io.relais.failover.net.IpFamily;
import io.relais.failover.notify.ChannelSettings;
import io.relais.failover.notify.Notice;
import io.relais.failover.probe.ProbeSpec;
import io.relais.testbed.web.TestCertificates;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The example file that is shipped: what it says is true, and every key is in it. */
final class ExampleFileTest {
  private static final Path EXAMPLE =
      Path.of("../packaging/failover-watcher/failover-watcher.toml.example");
  private static final Pattern COMMENTED =
      Pattern.compile("^# ([a-z0-9_]+ = .*|\\[[a-z0-9_.\\[]+\\]+ *(?:#.*)?)$");

  @TempDir private Path directory;

  @BeforeEach
  void writeSecrets() throws IOException {
    ConfigFiles.secret(directory, "ovh.conf", "[default]\n");
    ConfigFiles.secret(directory, "cloudflare.token", "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY\n");
    ConfigFiles.secret(directory, "tsig.key", "c2VjcmV0\n");
    ConfigFiles.secret(directory, "dynhost.password", "p\n");
    ConfigFiles.secret(directory, "smtp.password", "p\n");
    ConfigFiles.secret(directory, "ifttt.key", "abc_DEF-1\n");
    ConfigFiles.secret(directory, "ntfy.token", "t\n");
    for (String name : new String[] {"ntfy", "telegram", "hook", "healthchecks"}) {
      ConfigFiles.secret(directory, name + ".url", "https://" + name + ".example.org/k\n");
    }
    new TestCertificates().writeAuthority(directory.resolve("our-ca.pem"));
  }

  @Test
  void switchesTheSiteAndTellsByIfttt() throws Exception {
    var checked = ConfigFiles.check(example());

    assertThat(checked.warnings()).isEmpty();
    FailoverConfig failover = checked.config().failover().orElseThrow();
    assertThat(failover.site().names()).containsExactly("www.example.org", "example.org");
    assertThat(failover.canaries()).hasSize(4);
    assertThat(failover.backup().address().sources()).hasSize(3);
    assertThat(failover.dns().provider()).isInstanceOf(DnsConfig.Ovh.class);
    assertThat(checked.config().notices().channels()).hasSize(1);
    assertThat(checked.config().watches()).isEmpty();
    assertThat(checked.config().deadman()).isEmpty();
  }

  /** What is uncommented changes nothing where it shows a default. */
  @Test
  void theDefaultsItShowsAreTheDefaults() throws Exception {
    WatcherConfig plain = ConfigFiles.check(example()).config();
    WatcherConfig full = ConfigFiles.check(withOvh()).config();
    FailoverConfig plainly = plain.failover().orElseThrow();
    FailoverConfig fully = full.failover().orElseThrow();

    assertThat(full.stateDirectory()).isEqualTo(plain.stateDirectory());
    assertThat(full.interval()).isEqualTo(plain.interval());
    assertThat(fully.policy()).isEqualTo(plainly.policy()).isEqualTo(Policy.DEFAULT);
    assertThat(fully.blindAlertAfter()).isEqualTo(plainly.blindAlertAfter());
    assertThat(fully.notifySuspect()).isEqualTo(plainly.notifySuspect());
    assertThat(fully.canaries()).isEqualTo(plainly.canaries());
    assertThat(fully.canariesNeeded()).isEqualTo(plainly.canariesNeeded());
    assertThat(fully.site().addresses()).isEqualTo(plainly.site().addresses());
    assertThat(fully.site().require()).isEqualTo(plainly.site().require());
    assertThat(fully.backup().probeAddress()).isEqualTo(plainly.backup().probeAddress());
    assertThat(fully.backup().serveCheck()).isEqualTo(plainly.backup().serveCheck());
    assertThat(fully.backup().stableRounds()).isEqualTo(plainly.backup().stableRounds());
    assertThat(fully.backup().interval()).isEqualTo(plainly.backup().interval());
    assertThat(fully.backup().address().agree()).isEqualTo(plainly.backup().address().agree());
    assertThat(fully.dns().ttl()).isEqualTo(plainly.dns().ttl());
    assertThat(fully.dns().verifyTimeout()).isEqualTo(plainly.dns().verifyTimeout());
    assertThat(fully.dns().selfCheck()).isEqualTo(plainly.dns().selfCheck());
    assertThat(fully.dns().publishAgainAfter()).isEqualTo(plainly.dns().publishAgainAfter());
    assertThat(fully.dns().interval()).isEqualTo(plainly.dns().interval());
    assertThat(full.notices().timeout()).isEqualTo(plain.notices().timeout());
    assertThat(full.notices().giveUpAfter()).isEqualTo(plain.notices().giveUpAfter());
    assertThat(full.notices().repeatAfter()).isEqualTo(plain.notices().repeatAfter());
  }

  @Test
  void theSitesKeysAreRead() throws Exception {
    SiteConfig site = ConfigFiles.check(withOvh()).config().failover().orElseThrow().site();

    assertThat(site.probes()).hasSize(3);
    ProbeSpec.Http page = (ProbeSpec.Http) site.probes().getFirst();
    assertThat(page)
        .isEqualTo(
            new ProbeSpec.Http(
                "https://www.example.org/",
                URI.create("https://www.example.org/"),
                ImmutableRangeSet.of(Range.closed(200, 200)),
                ImmutableList.of("Welcome"),
                ImmutableList.of("Database error"),
                0,
                10 << 20,
                ProbeSpec.Redirects.SAME_SITE,
                ProbeReader.USER_AGENT,
                ProbeReader.LIMITS,
                true,
                Duration.ofDays(14),
                Optional.of(directory.resolve("our-ca.pem"))));
    assertThat(site.probes().get(1))
        .isEqualTo(
            new ProbeSpec.Tcp(
                "tcp www.example.org:22",
                HostAndPort.fromParts("www.example.org", 22),
                Duration.ofSeconds(2)));
    assertThat(site.probes().get(2))
        .isEqualTo(
            new ProbeSpec.Dns(
                "dns www.example.org",
                "www.example.org",
                RecordType.A,
                Optional.of(HostAndPort.fromParts("203.0.113.10", 53)),
                ImmutableList.of("203.0.113.10"),
                Duration.ofSeconds(4)));
  }

  /** Each value differs from the default. */
  @Test
  void whatHasADefaultCanBeSet() throws Exception {
    String toml =
        """
        [watcher]
        state_dir = "/srv/state"
        interval = "20s"
        max_gap = "1h"
        [site]
        name = "www.example.org"
        production = ["203.0.113.10"]
        allow_private = true
        addresses = "all"
        require = "any"
        [[site.probe]]
        url = "https://www.example.org/"
        name = "page"
        status = ["200-299", "401"]
        min_size = "1B"
        max_size = "2kB"
        redirects = "any"
        user_agent = "relais"
        connect_timeout = "6s"
        tls_timeout = "7s"
        first_byte_timeout = "8s"
        timeout = "9s"
        verify_certificate = false
        certificate_days = 7
        [decision]
        failures = 5
        failure_share = 1
        failure_window = "3m"
        successes = 6
        minimum_stay = "7m"
        switches_per_day = 8
        automatic_failback = true
        failback_after = "9m"
        blind_alert_after = "11m"
        notify_suspect = true
        [canaries]
        needed = 1
        [backup]
        probe_address = "::1"
        serve_check = false
        agree = 3
        ipv4 = false
        ipv6 = true
        stable_rounds = 4
        interval = "2m"
        [[backup.address]]
        interface = "eth0"
        [dns]
        provider = "ovh"
        verify_timeout = "1s"
        publish_again_after = "2s"
        interval = "3s"
        self_check = "4h"
        ttl = "5m"
        [notify]
        timeout = "1s"
        give_up_after = "2s"
        repeat_after = "3s"
        """
            + ConfigFiles.allBut("site", "backup", "dns");

    WatcherConfig config = ConfigFiles.check(toml).config();
    FailoverConfig failover = config.failover().orElseThrow();

    assertThat(config.stateDirectory()).isEqualTo(Path.of("/srv/state"));
    assertThat(config.interval()).isEqualTo(Duration.ofSeconds(20));
    assertThat(failover.policy())
        .isEqualTo(
            new Policy(
                5,
                1,
                Duration.ofMinutes(3),
                6,
                Duration.ofMinutes(7),
                8,
                true,
                Duration.ofMinutes(9),
                Duration.ofHours(1)));
    assertThat(failover.blindAlertAfter()).isEqualTo(Duration.ofMinutes(11));
    assertThat(failover.notifySuspect()).isTrue();
    assertThat(failover.canariesNeeded()).isEqualTo(1);
    assertThat(failover.site().addresses()).isEqualTo(Quantifier.ALL);
    assertThat(failover.site().require()).isEqualTo(Quantifier.ANY);
    ProbeSpec.Http page = (ProbeSpec.Http) failover.site().probes().getFirst();
    assertThat(page.name()).isEqualTo("page");
    assertThat(page.status().asRanges())
        .containsExactly(Range.closed(200, 299), Range.closed(401, 401));
    assertThat(page.minSize()).isEqualTo(1);
    assertThat(page.maxSize()).isEqualTo(2000);
    assertThat(page.redirects()).isEqualTo(ProbeSpec.Redirects.ANY);
    assertThat(page.userAgent()).isEqualTo("relais");
    assertThat(page.limits().connect()).isEqualTo(Duration.ofSeconds(6));
    assertThat(page.limits().tls()).isEqualTo(Duration.ofSeconds(7));
    assertThat(page.limits().firstByte()).isEqualTo(Duration.ofSeconds(8));
    assertThat(page.limits().whole()).isEqualTo(Duration.ofSeconds(9));
    assertThat(page.verifyCertificate()).isFalse();
    assertThat(page.certificateWarning()).isEqualTo(Duration.ofDays(7));
    BackupConfig backup = failover.backup();
    assertThat(backup.probeAddress()).isEqualTo(InetAddresses.forString("::1"));
    assertThat(backup.serveCheck()).isFalse();
    assertThat(backup.address().agree()).isEqualTo(3);
    assertThat(backup.address().families()).containsExactly(IpFamily.V6);
    assertThat(backup.stableRounds()).isEqualTo(4);
    assertThat(backup.interval()).isEqualTo(Duration.ofMinutes(2));
    assertThat(failover.dns().verifyTimeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(failover.dns().publishAgainAfter()).isEqualTo(Duration.ofSeconds(2));
    assertThat(failover.dns().interval()).isEqualTo(Duration.ofSeconds(3));
    assertThat(failover.dns().ttl()).contains(Duration.ofMinutes(5));
    assertThat(failover.dns().selfCheck()).contains(Duration.ofHours(4));
    assertThat(config.notices().timeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.notices().giveUpAfter()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.notices().repeatAfter()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void whatSurroundsTheSwitchIsRead() throws Exception {
    WatcherConfig config = ConfigFiles.check(withOvh()).config();
    FailoverConfig failover = config.failover().orElseThrow();

    assertThat(failover.vantages())
        .containsExactly(
            new VantageConfig.Command(
                "vps",
                ImmutableList.of(
                    "ssh",
                    "-o",
                    "BatchMode=yes",
                    "vps",
                    "curl",
                    "-fsSo",
                    "/dev/null",
                    "-m",
                    "4",
                    "https://www.example.org/"),
                Duration.ofSeconds(8)),
            new VantageConfig.Http(
                "second watcher",
                URI.create("https://vps.example.net/production"),
                Duration.ofSeconds(8)));
    assertThat(failover.backup().address().sources())
        .containsExactly(
            new Source.Http(URI.create("https://api.ipify.org")),
            new Source.Http(URI.create("https://checkip.amazonaws.com")),
            new Source.Dns("myip.opendns.com", HostAndPort.fromParts("208.67.222.222", 53)),
            new Source.Interface("eth0"),
            new Source.Fixed(InetAddresses.forString("93.184.215.20")));
    assertThat(failover.backup().vantages()).hasSize(2);
    assertThat(failover.backup().vantages().getFirst())
        .isInstanceOfSatisfying(
            VantageConfig.Command.class,
            vps ->
                assertThat(vps.command())
                    .contains("vps", "--resolve", "www.example.org:443:" + BackupConfig.ADDRESS));
    assertThat(failover.backup().vantages().getLast())
        .isEqualTo(
            new VantageConfig.Http(
                "second watcher",
                URI.create("https://vps.example.net/backup"),
                Duration.ofSeconds(8)));
    assertThat(failover.heartbeats())
        .containsExactly(
            new HeartbeatConfig(
                Path.of("/srv/backup/data/.relais-site.heartbeat.json"),
                "site",
                Duration.ofMinutes(15),
                false,
                true));
    assertThat(failover.dns().zones()).containsExactly("example.org");
    assertThat(failover.dns().servers())
        .containsExactly(HostAndPort.fromParts("dns10.ovh.net", 53));
    assertThat(failover.dns().provider())
        .isEqualTo(
            new DnsConfig.Ovh(
                Optional.of(directory.resolve("ovh.conf")),
                Optional.of("ovh-eu"),
                Optional.of(URI.create("https://www.ovh.com/auth/oauth2/token")),
                false,
                ImmutableMap.of(new RecordKey("www.example.org", RecordType.A), 5301234567L),
                Duration.ofSeconds(10)));
    assertThat(failover.dyndns())
        .contains(new DynDnsSettings.ByProvider("backup.example.org", Duration.ofSeconds(60)));
    WatchConfig watch = config.watches().getFirst();
    assertThat(watch.name()).isEqualTo("backup");
    assertThat(watch.targets()).hasSize(2);
    assertThat(watch.targets().getFirst().address()).contains("backup.example.org");
    assertThat(config.deadman().orElseThrow().interval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(config.deadman().orElseThrow().url().value())
        .isEqualTo("https://healthchecks.example.org/k");
  }

  @Test
  void theOtherProviderAndTheOtherProtocolAreRead() throws Exception {
    FailoverConfig failover =
        ConfigFiles.check(withAnother("rfc2136")).config().failover().orElseThrow();

    assertThat(failover.dns().provider())
        .isInstanceOfSatisfying(
            DnsConfig.Rfc2136.class,
            update -> {
              assertThat(update.server()).isEqualTo(HostAndPort.fromParts("192.0.2.53", 53));
              assertThat(update.keyName()).isEqualTo("failover");
              assertThat(update.algorithm()).isEqualTo("hmac-sha256");
              assertThat(update.key().value()).isEqualTo("c2VjcmV0");
              assertThat(update.timeout()).isEqualTo(Duration.ofSeconds(5));
            });
    assertThat(failover.dyndns().orElseThrow())
        .isInstanceOfSatisfying(
            DynDnsSettings.ByUpdate.class,
            update -> {
              assertThat(update.name()).isEqualTo("backup.example.org");
              assertThat(update.url()).hasToString("https://dns.eu.ovhapis.com/nic/update");
              assertThat(update.user()).isEqualTo("example.org-backup");
              assertThat(update.password().value()).isEqualTo("p");
            });
  }

  @Test
  void cloudflareIsRead() throws Exception {
    assertThat(
            ConfigFiles.check(withAnother("cloudflare"))
                .config()
                .failover()
                .orElseThrow()
                .dns()
                .provider())
        .isInstanceOfSatisfying(
            DnsConfig.Cloudflare.class,
            cloudflare -> {
              assertThat(cloudflare.token().value())
                  .isEqualTo("Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY");
              assertThat(cloudflare.zoneIds())
                  .containsExactly(Map.entry("example.org", "023e105f4ecef8ad9ca31a8372d0c353"));
              assertThat(cloudflare.endpoint()).isEqualTo(CloudflareSettings.ENDPOINT);
              assertThat(cloudflare.timeout()).isEqualTo(Duration.ofSeconds(10));
            });
  }

  @Test
  void theProgramIsRead() throws Exception {
    Path program = directory.resolve("dns-nsupdate");
    Files.copy(EXAMPLE.resolveSibling("dns-command/dns-nsupdate"), program);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));

    assertThat(
            ConfigFiles.check(withAnother("command"))
                .config()
                .failover()
                .orElseThrow()
                .dns()
                .provider())
        .isEqualTo(
            new DnsConfig.Command(
                ImmutableList.of(
                    program.toString(), "192.0.2.53", directory.resolve("tsig.conf").toString()),
                Duration.ofSeconds(30)));
  }

  @Test
  void everyChannelIsRead() throws Exception {
    ImmutableList<ChannelSettings> channels =
        ConfigFiles.check(withOvh()).config().notices().channels();

    assertThat(channels)
        .extracting(ChannelSettings::name)
        .containsExactly("ifttt", "ntfy", "telegram", "template", "mail", "command");
    var ifttt = (ChannelSettings.Ifttt) channels.get(0);
    assertThat(ifttt.event()).isEqualTo("switched");
    assertThat(ifttt.key().value()).isEqualTo("abc_DEF-1");
    assertThat(ifttt.base()).isEqualTo("https://maker.ifttt.com");
    var ntfy = (ChannelSettings.Webhook) channels.get(1);
    assertThat(ntfy.url().value()).isEqualTo("https://ntfy.example.org/k");
    assertThat(ntfy.format()).isEqualTo(ChannelSettings.Format.NTFY);
    assertThat(ntfy.topic()).contains("relais");
    assertThat(ntfy.method()).isEqualTo("POST");
    assertThat(ntfy.headers()).isEqualTo(ImmutableMap.of("X-Priority", "5"));
    assertThat(ntfy.token().orElseThrow().value()).isEqualTo("t");
    assertThat(((ChannelSettings.Webhook) channels.get(2)).chat()).contains("123456");
    assertThat(((ChannelSettings.Webhook) channels.get(3)).template())
        .contains("{\"text\": ${title}, \"detail\": ${text}}");
    var mail = (ChannelSettings.Mail) channels.get(4);
    assertThat(mail.server()).isEqualTo(HostAndPort.fromParts("smtp.example.org", 587));
    assertThat(mail.security()).isEqualTo(ChannelSettings.Security.STARTTLS);
    assertThat(mail.login().orElseThrow().user()).isEqualTo("watcher@example.org");
    assertThat(mail.login().orElseThrow().password().value()).isEqualTo("p");
    assertThat(mail.from()).isEqualTo("watcher@example.org");
    assertThat(mail.to()).containsExactly("me@example.org");
    assertThat(mail.authorities()).contains(directory.resolve("our-ca.pem"));
    var command = (ChannelSettings.Command) channels.get(5);
    assertThat(command.command()).containsExactly("/usr/local/bin/tell-me");
    assertThat(command.only()).isEqualTo(ImmutableSet.copyOf(Notice.Topic.values()));
  }

  /** The reader lists the keys that it knows when a key resembles none of them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[watcher]",
        "[site]",
        "[[site.probe]]",
        "[decision]",
        "[canaries]",
        "[[vantage]]",
        "[backup]",
        "[[backup.address]]",
        "[[backup.vantage]]",
        "[[heartbeat.mirror]]",
        "[dns]",
        "[dns.ovh]",
        "[dns]\nprovider = \"rfc2136\"\n[dns.rfc2136]",
        "[dns]\nprovider = \"command\"\n[dns.command]",
        "[dns]\nprovider = \"cloudflare\"\n[dns.cloudflare]",
        "[dyndns]",
        "[dyndns]\nvia = \"dyndns2\"",
        "[notify]",
        "[[notify.ifttt]]",
        "[[notify.webhook]]",
        "[[notify.mail]]",
        "[[notify.command]]",
        "[deadman]",
        "[[watch]]",
        "[[watch.probe]]"
      })
  void everyKnownKeyIsInIt(String table) throws Exception {
    String parent = table.startsWith("[[watch.") ? "[[watch]]\n" : "";
    String provider = table.equals("[dns.ovh]") ? "[dns]\nprovider = \"ovh\"\n" : "";

    assertThat(knownKeys(parent + provider + table + "\nxxxxxxxxxxxxxxxx = 1\n"))
        .isNotEmpty()
        .allSatisfy(
            key ->
                assertThat(uncommented())
                    .containsPattern("(?m)^(" + key + " = |\\[.*\\b" + key + "\\])|or " + key));
  }

  private static List<String> knownKeys(String toml) {
    ConfigException thrown =
        catchThrowableOfType(ConfigException.class, () -> ConfigFiles.check(toml));
    String known = "known here: ";
    return thrown.problems().stream()
        .map(ConfigProblem::message)
        .filter(message -> message.contains("'xxxxxxxxxxxxxxxx'"))
        .map(message -> message.substring(message.indexOf(known) + known.length()))
        .flatMap(keys -> Splitter.on(", ").splitToStream(keys))
        .toList();
  }

  @Test
  void aChannelGetsOnlyWhatItAskedForAndTests() throws Exception {
    var command =
        ConfigFiles.check(
                "[[notify.command]]\ncommand = [\"a\"]\nonly = [\"failed-back\"]\n"
                    + ConfigFiles.allBut("notify"))
            .config()
            .notices()
            .channels()
            .getFirst();

    assertThat(command.only()).containsExactly(Notice.Topic.FAILED_BACK, Notice.Topic.TEST);
  }

  private String example() throws IOException {
    return Files.readString(EXAMPLE)
        .replace("# allow_private = false", "allow_private = true")
        .replace("198.51.100.20", "93.184.215.20")
        .replace("/etc/failover-watcher/", directory + "/")
        .replace("/etc/ssl/", directory + "/");
  }

  /** All that is commented, but for what can't stand beside the rest. */
  private String withOvh() throws IOException {
    return without(
        with("ovh"),
        "url = \"https://dns",
        "allow_http = false +# with",
        "password_file = .*dynhost",
        "user = \"example");
  }

  private String withAnother(String provider) throws IOException {
    return without(with(provider), "ttl = \"60s\" +# with")
        .replace("provider = \"ovh\"", "provider = \"" + provider + "\"")
        .replace("via = \"dns\"", "via = \"dyndns2\"")
        .replace("/usr/local/lib/failover-watcher/", directory + "/")
        .replace("/usr/bin/systemctl", "/bin/sh");
  }

  /** Without the tables of the other providers. */
  private String with(String provider) throws IOException {
    return without(
        uncommented(),
        Stream.of("ovh", "cloudflare", "rfc2136", "command")
            .filter(other -> !other.equals(provider))
            .map(other -> "\\[dns\\." + other + "\\]")
            .toArray(String[]::new));
  }

  private String uncommented() throws IOException {
    return example()
        .lines()
        .map(line -> COMMENTED.matcher(line).replaceFirst("$1"))
        .map(line -> line.replace("ipv6 = false", "ipv6 = true"))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** Leaves out a table whole, by its header, and lines by how they begin; each must be there. */
  private static String without(String text, String... patterns) {
    String rest = text;
    for (String pattern : patterns) {
      String lines =
          pattern.startsWith("\\[")
              ? "(?m)^" + pattern + ".*\n(?:(?!\\[).*\n)*"
              : "(?m)^" + pattern + ".*\n";
      assertThat(rest).containsPattern(lines);
      rest = rest.replaceFirst(lines, "");
    }
    return rest;
  }
}
