package io.relais.failover.dyndns;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.BaseEncoding;
import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.failover.dyndns.Updater.Response;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.net.HttpReply;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * Sets the name by the dyndns2 protocol (https://help.dyn.com/remote-access-api/perform-update/).
 * The addresses are always named: seen from the service we may have others. The password goes into
 * a header only.
 */
final class DynDns2Updater implements Updater {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** Of trouble on the way there. */
  private static final Duration LINE_TROUBLE = Duration.ofMinutes(5);

  private static final int LARGEST_BODY = 4096;
  private static final int PASSWORD_MARK_ROUNDS = 100_000;
  private static final int PASSWORD_MARK_BITS = 32;

  private static final Duration SERVICE_TROUBLE = Duration.ofMinutes(30);
  private static final Duration LONGEST_WAIT = Duration.ofDays(1);
  private static final String BAD_AUTH = "the user or the password is wrong; check dyndns.user";

  private static final ImmutableMap<String, String> NEVER =
      ImmutableMap.<String, String>builder()
          .put("badauth", BAD_AUTH + " and dyndns.password_file")
          .put("nohost", "the account has no such name; check dyndns.name, or create it there")
          .put("!yours", "the name belongs to another account; check dyndns.name and dyndns.user")
          .put("!active", "the name is not active; activate it at the service")
          .put("notfqdn", "the name is not complete; write dyndns.name with its domain")
          .put("numhost", "too many names, or one with several records; leave one record there")
          .put("abuse", "the name is blocked for abuse; unblock it at the service")
          .put("blocked", "the name is blocked; unblock it at the service")
          .put("badagent", "the service refuses this program; ask its support")
          .put("badsys", "the service does not know system=dyndns; check dyndns.url")
          .put("badip", "the service takes no such address; see whether it knows IPv6")
          .put("!donator", "the account lacks a paid feature; look at the service's page")
          .buildOrThrow();

  private static final ImmutableMap<String, String> LATER =
      ImmutableMap.of(
          "911", "the service is broken or under maintenance",
          "dnserr", "the service has trouble with its DNS",
          "interval", "the service wants fewer updates");

  private final DynDnsSettings.ByUpdate settings;
  private final HttpCaller http;
  private final Service service;

  DynDns2Updater(DynDnsSettings.ByUpdate settings, HttpCaller http, Service service) {
    this.settings = settings;
    this.http = http;
    this.service = service;
  }

  @Override
  public String about() {
    URI url = settings.url();
    // Not its user and query: they may hold a secret.
    String where =
        url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort()) + url.getRawPath();
    return settings.name() + " at " + where + " as " + settings.user();
  }

  @Override
  public boolean publishes() {
    return false;
  }

  @Override
  public Optional<Duration> refreshAfter() {
    return service.refreshAfter();
  }

  /**
   * {@inheritDoc} It is made slowly and kept short, so that it says little to somebody who finds
   * it.
   */
  @Override
  public String passwordMark() {
    String salt = settings.url() + " " + about();
    PBEKeySpec spec =
        new PBEKeySpec(
            settings.password().value().toCharArray(),
            salt.getBytes(UTF_8),
            PASSWORD_MARK_ROUNDS,
            PASSWORD_MARK_BITS);
    try {
      byte[] mark =
          SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
      return BaseEncoding.base16().lowerCase().encode(mark);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java lacks PBKDF2WithHmacSHA256", e);
    } finally {
      spec.clearPassword();
    }
  }

  @Override
  public ImmutableList<ImmutableList<InetAddress>> requests(
      ImmutableList<InetAddress> addresses, ImmutableList<InetAddress> changed) {
    if (service.together()) {
      return ImmutableList.of(addresses);
    }
    // Setting what has not changed counts as abuse; all again only where that is what is due.
    ImmutableList<InetAddress> due = changed.isEmpty() ? addresses : changed;
    return due.stream().map(ImmutableList::of).collect(toImmutableList());
  }

  @Override
  public Response set(ImmutableList<InetAddress> addresses, boolean confirmed)
      throws InterruptedException {
    HttpCall call =
        HttpCall.of("GET", uri(addresses), HttpLimits.within(LIMIT))
            .withLargestBody(LARGEST_BODY)
            .withHeaders(ImmutableMap.of("Authorization", basic(), "User-Agent", userAgent()));
    try {
      Response response = classify(http.send(call));
      return response instanceof Response.Done ? response : told(response);
    } catch (HttpException e) {
      return told(new Response.Later(LINE_TROUBLE, "no answer: " + e.getMessage()));
    }
  }

  private Response told(Response response) {
    String who = settings.name() + " could not be set at " + settings.url().getHost() + ": ";
    return switch (response) {
      case Response.Done done -> done;
      case Response.Later later -> new Response.Later(later.pause(), who + later.detail());
      case Response.Never never -> new Response.Never(who + never.detail());
    };
  }

  private URI uri(List<InetAddress> addresses) {
    String url = settings.url().toASCIIString();
    String query =
        "system=dyndns&hostname="
            + URLEncoder.encode(settings.name(), UTF_8)
            + "&myip="
            + addresses.stream().map(InetAddresses::toAddrString).collect(joining(","));
    return URI.create(url + (settings.url().getRawQuery() == null ? "?" : "&") + query);
  }

  private String basic() {
    String pair = settings.user() + ":" + settings.password().value();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(UTF_8));
  }

  /** As No-IP asks: maker, program, system, version. */
  private static String userAgent() {
    String version = DynDns2Updater.class.getPackage().getImplementationVersion();
    return "Relais failover-watcher/Linux-" + (version == null ? "development" : version);
  }

  /**
   * How services that speak dyndns2 differ from one another.
   *
   * @param together whether one request takes the addresses of both families, separated by a comma.
   *     Most do, and some (deSEC) take the record of a family away that a request does not name:
   *     https://desec.readthedocs.io/en/latest/dyndns/update-api.html,
   *     https://developer.noip.com/ddns-integration/get_nic_update/. OVH takes one:
   *     https://github.com/ovh/docs, guide dns_dynhost
   * @param refreshAfter when an unchanged name has to be set again. Free names of No-IP and others
   *     end after 30 days without
   */
  record Service(boolean together, Optional<Duration> refreshAfter) {
    static final Service OVH = new Service(false, Optional.empty());
    static final Service OTHER = new Service(true, Optional.of(Duration.ofDays(28)));

    private static final ImmutableList<String> OVH_DOMAINS =
        ImmutableList.of("ovhapis.com", "ovh.com", "ovh.net", "ovhcloud.com");

    static Service of(URI url) {
      String host = url.getHost().toLowerCase(Locale.ROOT);
      return OVH_DOMAINS.stream()
              .anyMatch(domain -> host.equals(domain) || host.endsWith("." + domain))
          ? OVH
          : OTHER;
    }
  }

  /**
   * Tells a service's replies apart: by the word at the beginning, as the protocol has it, and by
   * the status where there is none.
   *
   * <pre>
   * word                             means
   * -------------------------------  ----------------------------------------------------------
   * good, nochg                      done
   * good 127.0.0.1                   not done: the client is blocked
   * 911, dnserr                      later, in half an hour at the least
   * interval                         later: too often
   * badauth, nohost, notfqdn,        never, until an operator fixes it
   * numhost, abuse, blocked, badagent, badsys, badip, !donator, !yours, !active
   *
   * otherwise                        by status
   * -------------------------------  ----------------------------------------------------------
   * 401                              as badauth
   * 429, 503                         later, as Retry-After says, half an hour at the least
   * anything else                    later: not this protocol, or not this service
   * </pre>
   *
   * Sources: https://help.dyn.com/remote-access-api/return-codes/ and
   * https://www.noip.com/integrate/response.
   */
  private static Response classify(HttpReply reply) {
    String line = reply.text().strip().lines().findFirst().orElse("").strip();
    String[] words = line.split("\\s+", 3);
    String word = words[0].toLowerCase(Locale.ROOT);
    if (isDone(reply, word)) {
      boolean blocked = words.length > 1 && words[1].equals("127.0.0.1");
      return blocked
          ? new Response.Never(said(line) + "the service ignores this program; ask its support")
          : new Response.Done(word.equals("good"), word);
    }
    if (NEVER.containsKey(word)) {
      return new Response.Never(said(line) + NEVER.get(word));
    }
    if (LATER.containsKey(word)) {
      return new Response.Later(pause(reply), said(line) + LATER.get(word));
    }
    return byStatus(reply, line);
  }

  private static boolean isDone(HttpReply reply, String word) {
    return reply.status() == 200 && (word.equals("good") || word.equals("nochg"));
  }

  private static Response byStatus(HttpReply reply, String line) {
    if (reply.status() == 401) {
      return new Response.Never("status 401: " + NEVER.get("badauth"));
    }
    String advice =
        reply.status() == 429 || reply.status() >= 500
            ? "the service has trouble"
            : "that is not an answer of this protocol; check dyndns.url";
    return new Response.Later(
        pause(reply), "status %d, ".formatted(reply.status()) + said(line) + advice);
  }

  private static String said(String line) {
    return (line.isEmpty() ? "nothing said" : Printable.quoted(line)) + ": ";
  }

  private static Duration pause(HttpReply reply) {
    Duration asked = reply.retryAfter(Instant.now()).orElse(Duration.ZERO);
    Duration atLeast = asked.compareTo(SERVICE_TROUBLE) > 0 ? asked : SERVICE_TROUBLE;
    return atLeast.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : atLeast;
  }
}
