package io.relais.failover.dyndns;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.net.InetAddresses;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpLimits;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * Sets the name by the dyndns2 protocol (https://help.dyn.com/remote-access-api/perform-update/).
 * The addresses are always named: seen from the service we may have others. The password goes into
 * a header only.
 */
final class UpdateWay implements Way {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** Of trouble on the way there. */
  private static final Duration LINE_TROUBLE = Duration.ofMinutes(5);

  private static final int LARGEST_BODY = 4096;

  private final DynDnsSettings.ByUpdate settings;
  private final HttpCaller http;
  private final Service service;

  UpdateWay(DynDnsSettings.ByUpdate settings, HttpCaller http, Service service) {
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

  @Override
  public String passwordMark() {
    return PasswordMark.of(settings.password(), settings.url() + " " + about());
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
  public Answer set(ImmutableList<InetAddress> addresses, boolean confirmed)
      throws InterruptedException {
    HttpCall call =
        HttpCall.of("GET", uri(addresses), HttpLimits.within(LIMIT))
            .withLargestBody(LARGEST_BODY)
            .withHeaders(ImmutableMap.of("Authorization", basic(), "User-Agent", userAgent()));
    try {
      Answer answer = Replies.classify(http.send(call));
      return answer instanceof Answer.Done ? answer : told(answer);
    } catch (HttpException e) {
      return told(new Answer.Later(LINE_TROUBLE, "no answer: " + e.getMessage()));
    }
  }

  private Answer told(Answer answer) {
    String who = settings.name() + " could not be set at " + settings.url().getHost() + ": ";
    return switch (answer) {
      case Answer.Done done -> done;
      case Answer.Later later -> new Answer.Later(later.pause(), who + later.detail());
      case Answer.Never never -> new Answer.Never(who + never.detail());
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
    String version = UpdateWay.class.getPackage().getImplementationVersion();
    return "Relais failover-watcher/Linux-" + (version == null ? "development" : version);
  }
}
