package io.relais.failover.dyndns;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.BaseEncoding;
import com.google.common.net.InetAddresses;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.security.GeneralSecurityException;
import java.time.Duration;
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
      Response response = DynDns2Replies.classify(http.send(call));
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
}
