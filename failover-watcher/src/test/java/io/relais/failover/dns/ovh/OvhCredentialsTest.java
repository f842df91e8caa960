package io.relais.failover.dns.ovh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableMap;
import io.relais.common.toml.ConfigException;
import io.relais.failover.dns.ovh.OvhCredentials.Configured;
import io.relais.failover.dns.ovh.OvhCredentials.Places;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OvhCredentialsTest {
  private static final Configured NOTHING =
      new Configured(Optional.empty(), Optional.empty(), Optional.empty(), false);

  private static final String WHOLE =
      """
      ; made by hand
      [default]
      endpoint=ovh-eu

      [ovh-eu]
      # the application
      Application_Key = key
      application_secret: secret
      consumer_key=consumer
      [ovh-ca]
      application_key = other
      """;

  @TempDir private Path directory;
  private Places places = new Places(Path.of("/"), Optional.empty(), Path.of("/"));

  @BeforeEach
  void makePlaces() throws IOException {
    places =
        new Places(
            Files.createDirectory(directory.resolve("here")),
            Optional.of(Files.createDirectory(directory.resolve("home"))),
            Files.createDirectory(directory.resolve("etc")));
  }

  @Test
  void aPipeIsRefusedAndNotWaitedFor() throws Exception {
    Path pipe = directory.resolve("here/ovh.conf");
    assertThat(new ProcessBuilder("mkfifo", "-m", "600", pipe.toString()).start().waitFor())
        .isZero();

    assertThat(catchThrowableOfType(ConfigException.class, this::find))
        .hasMessageContaining("is not a regular file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"here/ovh.conf", "home/.ovh.conf", "etc/ovh.conf"})
  void readsEachOfTheOfficialFiles(String name) throws Exception {
    write(name, WHOLE);

    OvhCredentials.Account found = find();

    assertThat(found.endpoint()).isEqualTo(URI.create("https://eu.api.ovh.com/1.0"));
    assertThat(keys(found)).containsExactly("key", "secret", "consumer");
    assertThat(found.toString()).doesNotContain("secret,", "consumer,");
  }

  @Test
  void mergesKeyByKeyAndTheFirstPlaceWins() throws Exception {
    write("etc/ovh.conf", WHOLE);
    write("home/.ovh.conf", "[ovh-eu]\nconsumer_key = of-home\napplication_secret = of-home\n");
    write("here/ovh.conf", "[ovh-eu]\nconsumer_key = of-here\n");

    assertThat(keys(find())).containsExactly("key", "of-home", "of-here");
    assertThat(keys(find(Map.of("OVH_CONSUMER_KEY", "of-env"))))
        .containsExactly("key", "of-home", "of-env");
  }

  @Test
  void needsNoFileWhenTheEnvironmentHasAll() throws Exception {
    OvhCredentials.Account found =
        find(
            Map.of(
                "OVH_ENDPOINT", "ovh-us",
                "OVH_CLIENT_ID", "EU.0123",
                "OVH_CLIENT_SECRET", "s"));

    assertThat(found.endpoint()).isEqualTo(URI.create("https://api.us.ovhcloud.com/1.0"));
    assertThat(found.authentication())
        .isInstanceOfSatisfying(
            OvhSettings.ServiceAccount.class,
            account -> {
              assertThat(account.clientId()).isEqualTo("EU.0123");
              assertThat(account.tokenUrl())
                  .isEqualTo(URI.create("https://us.ovhcloud.com/auth/oauth2/token"));
            });
  }

  @Test
  void readsOnlyTheFileThatIsConfigured() throws Exception {
    write("etc/ovh.conf", WHOLE);
    Path own = write("own.conf", WHOLE.replace("consumer_key=consumer", "consumer_key=own"));

    OvhCredentials.Account found =
        OvhCredentials.find(
            new Configured(Optional.of(own), Optional.empty(), Optional.empty(), false),
            Map.of("OVH_CONSUMER_KEY", "of-env"),
            places);

    assertThat(keys(found)).containsExactly("key", "secret", "own");
  }

  @Test
  void saysThatTheConfiguredFileIsNotThere() {
    Configured configured =
        new Configured(
            Optional.of(directory.resolve("none")), Optional.empty(), Optional.empty(), false);

    assertThat(failure(configured, Map.of()))
        .hasMessageContaining("none: is not there")
        .hasMessageContaining("[dns.ovh] credentials");
  }

  @Test
  void takesTheEndpointOfTheConfigurationFirst() throws Exception {
    write("etc/ovh.conf", WHOLE + "application_secret = s\nconsumer_key = c\n");

    assertThat(keys(OvhCredentials.find(endpoint("ovh-ca"), Map.of(), places)))
        .containsExactly("other", "s", "c");
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:8080/1.0, http://127.0.0.1:8080/1.0",
    "http://[::1]:8080/1.0/, http://[::1]:8080/1.0",
    "https://EU.api.ovh.com/v1, https://eu.api.ovh.com/v1"
  })
  void takesAUrlForTheEndpoint(String written, String url) throws Exception {
    write(
        "etc/ovh.conf",
        "[" + written + "]\napplication_key = k\napplication_secret = s\nconsumer_key = c\n");

    OvhCredentials.Account found = OvhCredentials.find(endpoint(written), Map.of(), places);

    assertThat(found.endpoint()).isEqualTo(URI.create(url));
  }

  /** The consumer key is in each call, and the secret in a request for a token. */
  @Test
  void refusesAnEndpointInTheClearUnlessThatIsAllowed() throws Exception {
    String url = "http://api.example.org/1.0";
    String text = "[" + url + "]\napplication_key = k\napplication_secret = s\nconsumer_key = c\n";
    write("etc/ovh.conf", "[default]\nendpoint = " + url + "\n" + text);

    assertThat(failure(NOTHING, Map.of()))
        .hasMessageContaining("'http://api.example.org/1.0' is not https")
        .hasMessageContaining("allow_http = true below [dns.ovh]");
    assertThat(failure(endpoint(url), Map.of())).hasMessageContaining("is not https");
    assertThat(failure(NOTHING, Map.of("OVH_ENDPOINT", url))).hasMessageContaining("is not https");
    Configured allowed = new Configured(Optional.empty(), Optional.empty(), Optional.empty(), true);
    assertThat(OvhCredentials.find(allowed, Map.of(), places).endpoint())
        .isEqualTo(URI.create(url));
  }

  /** Even one without a secret: the endpoint in it is where those of another file are sent. */
  @Test
  void refusesAFileThatOthersCanChange() throws Exception {
    write("etc/ovh.conf", WHOLE);
    Path open = write("here/ovh.conf", "[default]\nendpoint = ovh-eu\n");
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-rw-r--"));

    assertThat(failure(NOTHING, Map.of()))
        .hasMessageContaining("here/ovh.conf: can't be used: can be changed by others (mode 0664)")
        .hasMessageContaining("run: chmod go-w " + open);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ovh-uk", "ftp://x/", "https://user@host/", "https://host/?a=b", "http://"})
  void refusesAnEndpointThatIsNone(String name) {
    assertThat(failure(endpoint(name), Map.of())).hasMessageContaining("there is no endpoint");
  }

  @Test
  void suggestsTheEndpointThatWasMeant() {
    assertThat(failure(endpoint("ovheu"), Map.of())).hasMessageContaining("did you mean ovh-eu?");
  }

  @Test
  void wantsATokenUrlForAServiceAccountAtAUrl() {
    assertThat(
            failure(
                endpoint("http://127.0.0.1:1/1.0"),
                Map.of("OVH_CLIENT_ID", "i", "OVH_CLIENT_SECRET", "s")))
        .hasMessageContaining("token_url");
  }

  @Test
  void saysWhatIsMissingAndWhereItLooked() throws Exception {
    write("etc/ovh.conf", WHOLE.replace("application_secret", "#"));

    assertThat(failure(NOTHING, Map.of("OVH_CONSUMER_KEY", "")))
        .hasMessageContaining("application_secret is in none of")
        .hasMessageContaining("here/ovh.conf (is not there)")
        .hasMessageContaining("etc/ovh.conf")
        .hasMessageContaining("[ovh-eu]");
  }

  @Test
  void saysThatNoEndpointIsSet() {
    assertThat(failure(NOTHING, Map.of())).hasMessageContaining("endpoint is in none");
  }

  @Test
  void refusesTwoWaysToLogIn() throws Exception {
    write("etc/ovh.conf", WHOLE);

    assertThat(failure(NOTHING, Map.of("OVH_CLIENT_ID", "i")))
        .hasMessageContaining("application_key in")
        .hasMessageContaining("client_id in the environment");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r--r--", "rw-----w-", "rw--w----"})
  void refusesSecretsThatOthersCanReach(String mode) throws Exception {
    Files.setPosixFilePermissions(
        write("etc/ovh.conf", WHOLE), PosixFilePermissions.fromString(mode));

    assertThat(failure(NOTHING, Map.of()))
        .hasMessageContaining("is open to others")
        .hasMessageContaining("chmod 600");
  }

  @Test
  void letsOthersReadAFileWithoutSecrets() throws Exception {
    Files.setPosixFilePermissions(
        write("etc/ovh.conf", "[default]\nendpoint = ovh-eu\n"),
        PosixFilePermissions.fromString("rw-r--r--"));
    write("home/.ovh.conf", WHOLE);

    assertThat(keys(find())).containsExactly("key", "secret", "consumer");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "key = value|1:1: a setting before any section",
        "[ovh-eu]~nonsense|2:1: neither a section nor a setting",
        "[ovh-eu]~application_key = a~application_key = b|3:1: 'application_key' is set twice",
        "[ovh-eu]~[ovh-eu]|2:1: section [ovh-eu] is there twice",
        "[ovh-eu]~consumer_key = a~  b|3:1: a line that goes on",
        "[ovh-eu]~consumer_key = hush # mine|2:1: the value of 'consumer_key' has a blank",
        "[ovh-eu]~consumer_key = \"hush\"|2:1: the value of 'consumer_key' has a blank",
        "[]|1:1: a section without a name"
      })
  void pointsAtMistakesWithoutShowingValues(String text, String message) throws Exception {
    write("etc/ovh.conf", text.replace("~", "\n"));

    assertThat(failure(NOTHING, Map.of()))
        .hasMessageContaining("etc/ovh.conf:" + message)
        .hasMessageNotContaining("hush");
  }

  @Test
  void findsTheApplicationBeforeThereIsAConsumerKey() throws Exception {
    write("etc/ovh.conf", WHOLE.replace("consumer_key=consumer", ""));

    OvhCredentials.Application application =
        OvhCredentials.findApplication(NOTHING, Map.of(), places);

    assertThat(application.key()).isEqualTo("key");
    assertThat(application.endpointName()).isEqualTo("ovh-eu");
  }

  private static List<String> keys(OvhCredentials.Account found) {
    OvhSettings.ApplicationKeys keys = (OvhSettings.ApplicationKeys) found.authentication();
    return List.of(
        keys.applicationKey(), keys.applicationSecret().value(), keys.consumerKey().value());
  }

  private OvhCredentials.Account find() throws ConfigException {
    return find(ImmutableMap.of());
  }

  private OvhCredentials.Account find(Map<String, String> environment) throws ConfigException {
    return OvhCredentials.find(NOTHING, environment, places);
  }

  private ConfigException failure(Configured configured, Map<String, String> environment) {
    return catchThrowableOfType(
        ConfigException.class, () -> OvhCredentials.find(configured, environment, places));
  }

  private static Configured endpoint(String name) {
    return new Configured(Optional.empty(), Optional.of(name), Optional.empty(), false);
  }

  private Path write(String name, String text) throws IOException {
    Path file = Files.writeString(directory.resolve(name), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }
}
