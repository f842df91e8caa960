package io.relais.sync.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A website and its certificates, the use that the agent is made for. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class TwoDirectoriesTest {
  @TempDir Path directory;
  private Rig rig;
  private Certbot certbot;

  private Path certificates() {
    return directory.resolve("letsencrypt");
  }

  private Path copy() {
    return rig.bed().data().resolve("letsencrypt");
  }

  @BeforeEach
  void start() throws Exception {
    certbot = new Certbot(certificates(), directory.resolve("drafts"));
    certbot.obtain();
    rig =
        Rig.in(
            directory,
            "",
            """
            [[sync]]
            name = "certificates"
            source = "%s"
            target = "backup:/data/letsencrypt"
            consistent = true
            """
                .formatted(certificates()));
    Files.writeString(rig.source().resolve("index.html"), "<p>one");
    rig.startAgent();
    rig.awaitEqual(Duration.ofSeconds(60));
    awaitCertificates();
  }

  @AfterEach
  void end() {
    rig.close();
  }

  private void awaitCertificates() {
    await("equal certificates")
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              assertThat(Listing.differences(certificates(), copy()))
                  .as("%s", rig.said())
                  .isEmpty();
              assertThat(rig.status("certificates", "state")).isEqualTo("in-sync");
            });
  }

  private void assertWhole() throws IOException, InterruptedException {
    assertThat(Certbot.matches(copy(), "cert.pem")).as("cert.pem").isTrue();
    assertThat(Certbot.matches(copy(), "fullchain.pem")).as("fullchain.pem").isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 20, 200, 1_200})
  void aRenewalSwitchesAtOnceHoweverSlowlyItIsWritten(int pause) throws Exception {
    try (EventLog log = new EventLog(copy(), directory)) {
      certbot.renew(pause);
      Files.writeString(rig.source().resolve("index.html"), "<p>two");
      awaitCertificates();
      rig.awaitEqual(Duration.ofSeconds(30));
      assertSwitchedAtOnce(log);
    }
    assertWhole();
  }

  @Test
  void aRenewalThatStopsHalfWaySwitchesNothing() throws Exception {
    String before = Files.readSymbolicLink(copy().resolve("live/example.org/cert.pem")).toString();
    try (EventLog log = new EventLog(copy(), directory)) {
      certbot.writeArchive(0);
      certbot.point("cert");
      await()
          .during(Duration.ofSeconds(3))
          .atMost(Duration.ofSeconds(10))
          .untilAsserted(
              () -> {
                assertThat(Files.readSymbolicLink(copy().resolve("live/example.org/cert.pem")))
                    .hasToString(before);
                assertWhole();
              });
      for (String kind : Certbot.KINDS.subList(1, 4)) {
        certbot.point(kind);
      }
      awaitCertificates();
      assertSwitchedAtOnce(log);
    }
    assertWhole();
  }

  /** Without symlinks, as other clients do: both files are replaced where they are. */
  @Test
  void aKeyWithoutItsCertificateWaits() throws Exception {
    Path plain = Files.createDirectory(certificates().resolve("plain"));
    certbot.writeArchive(0);
    copyPair(plain, "privkey");
    copyPair(plain, "cert");
    awaitCertificates();
    byte[] key = Files.readAllBytes(copy().resolve("plain/privkey.pem"));
    byte[] certificate = Files.readAllBytes(copy().resolve("plain/cert.pem"));

    certbot.writeArchive(0);
    copyPair(plain, "privkey");
    await()
        .during(Duration.ofSeconds(2))
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              assertThat(copy().resolve("plain/privkey.pem")).hasBinaryContent(key);
              assertThat(copy().resolve("plain/cert.pem")).hasBinaryContent(certificate);
            });
    copyPair(plain, "cert");
    awaitCertificates();
  }

  private void copyPair(Path plain, String kind) throws IOException {
    Path newest = certbot.archive().resolve(kind + certbot.version() + ".pem");
    Files.write(plain.resolve(kind + ".pem"), Files.readAllBytes(newest));
  }

  private void assertSwitchedAtOnce(EventLog log) throws IOException {
    ImmutableList<String> events = log.events();
    String live = "MOVED_TO live/example.org/";
    for (String kind : Certbot.KINDS) {
      assertThat(events).containsOnlyOnce(live + kind + ".pem");
    }
    int first = indexOf(events, live, true);
    int last = indexOf(events, live, false);
    for (String kind : Certbot.KINDS) {
      String file = "MOVED_TO archive/example.org/" + kind + certbot.version() + ".pem";
      assertThat(events.indexOf(file)).as("%s in %s", file, events).isBetween(0, first);
    }
    assertThat(events.subList(first, last + 1))
        .as("from the first switch to the last")
        .allMatch(event -> event.matches("MOVED_(FROM|TO) live/example.org/.*"));
  }

  private static int indexOf(ImmutableList<String> events, String start, boolean first) {
    int found = -1;
    for (int i = 0; i < events.size(); i++) {
      if (events.get(i).startsWith(start) && (found < 0 || !first)) {
        found = i;
      }
    }
    return found;
  }
}
