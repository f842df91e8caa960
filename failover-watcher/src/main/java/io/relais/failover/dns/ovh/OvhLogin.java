package io.relais.failover.dns.ovh;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.api.Json;
import io.relais.failover.net.HttpCaller;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Gets a consumer key with no more rights than needed: requests it, waits until the user has
 * confirmed it in a browser, writes it down. For any number of threads.
 */
public final class OvhLogin {
  private final HttpCaller caller;
  private final InstantSource clock;
  private final Duration timeout;
  private final Duration pollInterval;

  /**
   * Connects to nothing yet.
   *
   * @param timeout of one call
   * @param pollInterval between two looks at whether the user has confirmed
   */
  public OvhLogin(HttpCaller caller, InstantSource clock, Duration timeout, Duration pollInterval) {
    this.caller = caller;
    this.clock = clock;
    this.timeout = timeout;
    this.pollInterval = pollInterval;
  }

  /**
   * A key that waits for the user's word.
   *
   * @param validationUrl what the user is to open; anyone who has it and an account there can
   *     confirm
   */
  public record Pending(
      OvhCredentials.Application application, Secret consumerKey, URI validationUrl) {
    OvhSettings settings(Duration timeout) {
      return new OvhSettings(
          application.endpoint(),
          new OvhSettings.ApplicationKeys(application.key(), application.secret(), consumerKey),
          ImmutableMap.of(),
          timeout);
    }
  }

  /**
   * Requests a key.
   *
   * @param zones that it is to be good for
   * @param addsAndDeletes whether records come and go (an AAAA record that the backup can't serve,
   *     several addresses), and don't only change
   */
  public Pending request(
      OvhCredentials.Application application, ImmutableSet<String> zones, boolean addsAndDeletes)
      throws DnsProviderException, InterruptedException {
    OvhApi api =
        new OvhApi(
            application.endpoint(),
            timeout,
            caller,
            ImmutableList.of(application.secret()),
            clock,
            new ApplicationAlone(application.key()));
    try {
      OvhApi.Response response =
          api.post("/auth/credential", body(OvhRights.needed(zones, addsAndDeletes)));
      return pending(application, response).orElseThrow(() -> api.unreadable(response));
    } catch (OvhException e) {
      throw e.toProvider();
    }
  }

  /** For calls that no user has allowed yet. */
  private record ApplicationAlone(String key) implements OvhApi.Authorizer {
    @Override
    public ImmutableMap<String, String> headers(
        OvhApi api, String method, String url, String body) {
      return ImmutableMap.of("X-Ovh-Application", key);
    }

    @Override
    public boolean renew(OvhException failure) {
      return false;
    }

    @Override
    public boolean isConsumerKey() {
      return false;
    }
  }

  private static String body(ImmutableList<OvhRights.Rule> rules) {
    ObjectNode body = Json.object();
    ArrayNode list = body.putArray("accessRules");
    rules.forEach(rule -> list.addObject().put("method", rule.method()).put("path", rule.path()));
    return body.toString();
  }

  private static Optional<Pending> pending(
      OvhCredentials.Application application, OvhApi.Response response) {
    String key = response.json().path("consumerKey").asText("");
    String url = response.json().path("validationUrl").asText("");
    if (key.isEmpty() || !OvhConf.isPlain(key) || !url.matches("https?://[!-~]+")) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Pending(application, Secret.of(key), URI.create(url)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /**
   * Blocks until the key is good.
   *
   * @param patience how long the user may take
   * @throws DnsProviderException kind RETRY if the user didn't confirm in time; kind REFUSED if it
   *     can no longer become good
   */
  public void awaitValidation(Pending pending, Duration patience)
      throws DnsProviderException, InterruptedException {
    OvhApi api = OvhApi.of(pending.settings(timeout), caller, clock);
    long start = System.nanoTime();
    Optional<String> last = look(api);
    while (last.isPresent()) {
      if (System.nanoTime() - start >= patience.toNanos()) {
        throw DnsProviderException.retry(
            "the key was not confirmed in time; open its page and confirm it, or start again (last"
                + " answer: "
                + last.get()
                + ")",
            null);
      }
      Thread.sleep(pollInterval);
      last = look(api);
    }
  }

  /**
   * Looks once: empty if the key is good, otherwise why it isn't yet. A key that waits is refused
   * as invalid, unknown or, as users saw, wrongly signed.
   */
  private static Optional<String> look(OvhApi api)
      throws DnsProviderException, InterruptedException {
    try {
      OvhApi.Response response = api.get("/auth/currentCredential");
      return judge(response.json().path("status"));
    } catch (OvhException e) {
      return switch (e.reason()) {
        case INVALID_CREDENTIAL,
            NOT_CREDENTIAL,
            INVALID_SIGNATURE,
            QUERY_TIME_OUT,
            THROTTLED,
            BUSY,
            SERVER,
            NOT_THE_API,
            NO_ANSWER ->
            Optional.of("" + e.getMessage());
        case INVALID_KEY, NOT_GRANTED, FORBIDDEN, UNAUTHORIZED, NOT_FOUND, EXPIRED, BAD_REQUEST ->
            throw e.toProvider();
      };
    }
  }

  private static Optional<String> judge(JsonNode status) throws DnsProviderException {
    return switch (status.asText("")) {
      case "validated" -> Optional.empty();
      case "refused", "expired" ->
          throw DnsProviderException.refused(
              "OVH says that the key is " + status.asText() + "; start again", null);
      default -> Optional.of("the key is " + Printable.quoted(status.asText("of no status")));
    };
  }

  /**
   * Writes the key into an ovh.conf of mode 0600, which is never there half or for others to read.
   * Whatever else an existing file holds stays.
   *
   * @throws IOException if it can't be written, or holds a service account for the same endpoint
   */
  public static void write(Path file, Pending pending) throws IOException {
    OvhConf.write(
        file,
        pending.application().endpointName(),
        ImmutableMap.of(
            "application_key", pending.application().key(),
            "application_secret", pending.application().secret().value(),
            "consumer_key", pending.consumerKey().value()));
  }
}
