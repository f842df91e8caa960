package io.relais.failover.dns.ovh;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import java.net.URI;
import java.util.Arrays;
import java.util.Optional;

/**
 * The places where OVH runs its API, by the names that its own libraries give them.
 *
 * <p>Where Canada hands out tokens, OVH's libraries disagree; this is what most of them use, and
 * the configuration can say otherwise.
 */
enum OvhEndpoint {
  EU("ovh-eu", "https://eu.api.ovh.com", "https://www.ovh.com/auth/oauth2/token"),
  CA("ovh-ca", "https://ca.api.ovh.com", "https://ca.ovh.com/auth/oauth2/token"),
  US("ovh-us", "https://api.us.ovhcloud.com", "https://us.ovhcloud.com/auth/oauth2/token");

  private final String label;
  private final URI url;
  private final URI tokenUrl;

  OvhEndpoint(String label, String base, String tokenUrl) {
    this.label = label;
    this.url = URI.create(base + "/1.0");
    this.tokenUrl = URI.create(tokenUrl);
  }

  String label() {
    return label;
  }

  URI url() {
    return url;
  }

  URI tokenUrl() {
    return tokenUrl;
  }

  static Optional<OvhEndpoint> named(String name) {
    return Arrays.stream(values()).filter(endpoint -> endpoint.label.equals(name)).findFirst();
  }

  static ImmutableList<String> names() {
    return Arrays.stream(values()).map(OvhEndpoint::label).collect(ImmutableList.toImmutableList());
  }

  /** The name of a URL where it has one, else the URL: for people. */
  static String describe(URI url) {
    return Arrays.stream(values())
        .filter(endpoint -> endpoint.url.equals(url))
        .map(OvhEndpoint::label)
        .findFirst()
        .orElse(url.toString());
  }

  /**
   * An endpoint's URL by its name, or one that is written out; the host in lower case and without a
   * slash at the end, since the signature covers it as it is sent.
   *
   * @return empty if it is neither
   */
  static Optional<URI> url(String nameOrUrl) {
    Optional<URI> known = named(nameOrUrl).map(OvhEndpoint::url);
    return known.isPresent() ? known : written(nameOrUrl);
  }

  private static Optional<URI> written(String text) {
    String plain = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    if (!plain.matches("(?i)https?://[^/?#@\\s]+(/[^?#\\s]*)?")) {
      return Optional.empty();
    }
    int path = plain.indexOf('/', plain.indexOf("//") + 2);
    String place = path < 0 ? plain : plain.substring(0, path);
    String rest = path < 0 ? "" : plain.substring(path);
    try {
      URI url = URI.create(Ascii.toLowerCase(place) + rest);
      return Optional.of(url).filter(made -> made.getHost() != null);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
