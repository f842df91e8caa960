package io.relais.failover.dns.ovh;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.common.Suggest;
import io.relais.common.toml.ConfigException;
import io.relais.common.toml.ConfigProblem;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.net.Urls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Finds the credentials as OVH's own libraries do: our configuration, then the environment, {@code
 * ./ovh.conf}, {@code ~/.ovh.conf}, {@code /etc/ovh.conf}, each key from the first that has it. A
 * file that our configuration names is the only one that counts, without the environment: otherwise
 * a run by hand and the service could use different accounts. For any number of threads.
 */
public final class OvhCredentials {
  static final ImmutableSet<String> SECRETS =
      ImmutableSet.of("application_secret", "consumer_key", "client_secret");
  static final ImmutableSet<String> KEYS =
      ImmutableSet.<String>builder()
          .add("endpoint", "application_key", "client_id")
          .addAll(SECRETS)
          .build();

  private final Configured configured;
  private final ImmutableList<Source> sources;

  private OvhCredentials(Configured configured, ImmutableList<Source> sources) {
    this.configured = configured;
    this.sources = sources;
  }

  /**
   * What our own configuration says.
   *
   * @param file the only ovh.conf to read; empty for the official lookup
   * @param endpoint a name or a URL; empty for what the credentials say
   * @param allowHttp whether the endpoint may be one of plain http that is not on this machine
   */
  public record Configured(
      Optional<Path> file, Optional<String> endpoint, Optional<URI> tokenUrl, boolean allowHttp) {}

  /**
   * The directories of the official lookup.
   *
   * @param home empty if the user has none, as is often so for a service's
   */
  public record Places(Path workingDirectory, Optional<Path> home, Path etc) {
    ImmutableList<Path> files() {
      ImmutableList.Builder<Path> files = ImmutableList.builder();
      files.add(workingDirectory.resolve("ovh.conf"));
      home.ifPresent(directory -> files.add(directory.resolve(".ovh.conf")));
      return files.add(etc.resolve("ovh.conf")).build();
    }
  }

  /**
   * An API and who we are to it.
   *
   * @param endpointName as it was written: a name or a URL
   */
  public record Account(
      String endpointName, URI endpoint, OvhSettings.Authentication authentication) {
    public OvhSettings settings(ImmutableMap<RecordKey, Long> ids, Duration timeout) {
      return new OvhSettings(endpoint, authentication, ids, timeout);
    }
  }

  /**
   * An application that has no consumer key yet: what {@link OvhLogin} starts with.
   *
   * @param endpointName as it was written: a name or a URL
   */
  public record Application(String endpointName, URI endpoint, String key, Secret secret) {}

  /** One place where settings are looked for. */
  private sealed interface Source {
    Optional<String> get(String section, String key);

    String describe();
  }

  private record Environment(ImmutableMap<String, String> variables) implements Source {
    @Override
    public Optional<String> get(String section, String key) {
      return Optional.ofNullable(variables.get("OVH_" + key.toUpperCase(Locale.ROOT)))
          .filter(value -> !value.isEmpty());
    }

    @Override
    public String describe() {
      return "the environment (OVH_…)";
    }
  }

  private record File(Path path, OvhConf.Sections sections) implements Source {
    @Override
    public Optional<String> get(String section, String key) {
      return sections.get(section, key);
    }

    @Override
    public String describe() {
      return path.toString();
    }
  }

  private record Absent(Path path, String why) implements Source {
    @Override
    public Optional<String> get(String section, String key) {
      return Optional.empty();
    }

    @Override
    public String describe() {
      return path + " (" + why + ")";
    }
  }

  /** A value, and where it is from, for messages; never printed. */
  private record Setting(String value, String where) {
    @Override
    public String toString() {
      return "*** of " + where;
    }
  }

  /**
   * Reads everything.
   *
   * @throws ConfigException if something is missing, double, unreadable, or readable by others (the
   *     user's to fix)
   */
  public static Account find(Configured configured, Map<String, String> environment, Places places)
      throws ConfigException {
    return open(configured, environment, places).find();
  }

  /**
   * Reads what is there before a consumer key is.
   *
   * @throws ConfigException as {@link #find}
   */
  public static Application findApplication(
      Configured configured, Map<String, String> environment, Places places)
      throws ConfigException {
    return open(configured, environment, places).application();
  }

  private static OvhCredentials open(
      Configured configured, Map<String, String> environment, Places places)
      throws ConfigException {
    Optional<Path> file = configured.file();
    return new OvhCredentials(
        configured, file.isPresent() ? only(file.get()) : official(environment, places.files()));
  }

  private static ImmutableList<Source> official(
      Map<String, String> environment, ImmutableList<Path> files) throws ConfigException {
    ImmutableList.Builder<Source> sources = ImmutableList.builder();
    sources.add(new Environment(ImmutableMap.copyOf(environment)));
    for (Path file : files) {
      sources.add(read(file));
    }
    return sources.build();
  }

  private static ImmutableList<Source> only(Path file) throws ConfigException {
    Source source = read(file);
    if (source instanceof Absent absent) {
      throw problem(file.toString(), absent.why() + "; check [dns.ovh] credentials");
    }
    return ImmutableList.of(source);
  }

  private static Source read(Path path) throws ConfigException {
    try {
      return new File(path, OvhConf.read(path));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return new Absent(path, "is not there");
    } catch (AccessDeniedException e) {
      return new Absent(path, "may not be read by this user");
    } catch (IOException e) {
      throw problem(path.toString(), "can't be used: " + reason(e));
    }
  }

  private static String reason(IOException e) {
    String text =
        e instanceof FileSystemException file && file.getReason() != null
            ? file.getReason()
            : String.valueOf(e.getMessage());
    return Printable.cut(text, 400);
  }

  private Account find() throws ConfigException {
    String name = endpointName();
    URI endpoint = endpoint(name);
    Optional<Setting> application = setting(name, "application_key");
    Optional<Setting> client = setting(name, "client_id");
    if (application.isPresent() && client.isPresent()) {
      throw problem(
          "there are two ways to log in: application_key in "
              + application.get().where()
              + " and client_id in "
              + client.get().where()
              + "; take one away");
    }
    OvhSettings.Authentication found =
        client.isPresent() || setting(name, "client_secret").isPresent()
            ? serviceAccount(name)
            : applicationKeys(name);
    return new Account(name, endpoint, found);
  }

  private Application application() throws ConfigException {
    String name = endpointName();
    URI endpoint = endpoint(name);
    ImmutableMap<String, String> values = all(name, "application_key", "application_secret");
    return new Application(
        name, endpoint, get(values, "application_key"), secret(values, "application_secret"));
  }

  private OvhSettings.Authentication applicationKeys(String section) throws ConfigException {
    ImmutableMap<String, String> values =
        all(section, "application_key", "application_secret", "consumer_key");
    return new OvhSettings.ApplicationKeys(
        get(values, "application_key"),
        secret(values, "application_secret"),
        secret(values, "consumer_key"));
  }

  private OvhSettings.Authentication serviceAccount(String section) throws ConfigException {
    ImmutableMap<String, String> values = all(section, "client_id", "client_secret");
    return new OvhSettings.ServiceAccount(
        get(values, "client_id"), secret(values, "client_secret"), tokenUrl(section));
  }

  /** Every one of the keys, or a list of those that are nowhere. */
  private ImmutableMap<String, String> all(String section, String... keys) throws ConfigException {
    ImmutableMap.Builder<String, String> values = ImmutableMap.builder();
    List<String> missing = new ArrayList<>();
    for (String key : keys) {
      setting(section, key)
          .ifPresentOrElse(found -> values.put(key, found.value()), () -> missing.add(key));
    }
    if (missing.isEmpty()) {
      return values.buildOrThrow();
    }
    throw problem(
        String.join(", ", missing)
            + (missing.size() == 1 ? " is" : " are")
            + " in none of "
            + places()
            + "; in a file the section is ["
            + section
            + (missing.contains("consumer_key")
                ? "]; failover-watcher ovh-login makes a consumer key"
                : "]"));
  }

  private static String get(ImmutableMap<String, String> values, String key)
      throws ConfigException {
    String value = values.get(key);
    if (value == null || !OvhConf.isPlain(value)) {
      throw problem(key + " has a blank, a quote or a letter in it that no key of OVH has");
    }
    return value;
  }

  private static Secret secret(ImmutableMap<String, String> values, String key)
      throws ConfigException {
    return Secret.of(get(values, key));
  }

  private String endpointName() throws ConfigException {
    Optional<String> name =
        configured.endpoint().or(() -> setting("default", "endpoint").map(Setting::value));
    if (name.isEmpty()) {
      throw problem(
          "the endpoint is in none of "
              + places()
              + "; write endpoint = \"ovh-eu\" into [dns.ovh]");
    }
    return name.get();
  }

  private URI endpoint(String name) throws ConfigException {
    Optional<URI> url = OvhSettings.Endpoint.url(name);
    if (url.isEmpty()) {
      String nearest =
          Suggest.nearest(name, OvhSettings.Endpoint.names())
              .map(near -> "did you mean " + near + "?")
              .orElse(
                  "write one of " + String.join(", ", OvhSettings.Endpoint.names()) + ", or a URL");
      throw problem("there is no endpoint " + Printable.quoted(name) + "; " + nearest);
    }
    if (Urls.isPlainToAnotherHost(url.get()) && !configured.allowHttp()) {
      throw problem(
          "the endpoint "
              + Printable.quoted(name)
              + " is not https: others on the way could change what is asked and answered; write"
              + " https, or, to accept that, allow_http = true below [dns.ovh]");
    }
    return url.get();
  }

  private URI tokenUrl(String name) throws ConfigException {
    Optional<URI> url =
        configured
            .tokenUrl()
            .or(() -> OvhSettings.Endpoint.named(name).map(OvhSettings.Endpoint::tokenUrl));
    if (url.isEmpty()) {
      throw problem(
          "for an endpoint by its URL, a service account needs to know where tokens are handed"
              + " out; set token_url in [dns.ovh]");
    }
    return url.get();
  }

  private Optional<Setting> setting(String section, String key) {
    for (Source source : sources) {
      Optional<String> value = source.get(section, key);
      if (value.isPresent()) {
        return Optional.of(new Setting(value.get(), source.describe()));
      }
    }
    return Optional.empty();
  }

  /** Everywhere that was looked. */
  private String places() {
    return sources.stream().map(Source::describe).collect(Collectors.joining(", "));
  }

  private static ConfigException problem(String message) {
    return problem("OVH credentials", message);
  }

  private static ConfigException problem(String file, String message) {
    return new ConfigException(ImmutableList.of(new ConfigProblem(file, 0, 0, message)));
  }
}
