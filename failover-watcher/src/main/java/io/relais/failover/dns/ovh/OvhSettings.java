package io.relais.failover.dns.ovh;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.Secret;
import io.relais.failover.dns.RecordKey;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;

/**
 * How to speak with OVH.
 *
 * @param endpoint the API's address with its version, without a slash at the end: {@code
 *     https://eu.api.ovh.com/1.0}
 * @param ids of records, as hints: they are checked before use
 * @param timeout of one call; over zero
 */
public record OvhSettings(
    URI endpoint,
    Authentication authentication,
    ImmutableMap<RecordKey, Long> ids,
    Duration timeout) {
  public OvhSettings {
    checkArgument(endpoint.getHost() != null, "endpoint '%s'", endpoint);
    checkArgument(!endpoint.toString().endsWith("/"), "endpoint '%s'", endpoint);
    checkArgument(timeout.isPositive(), "timeout %s", timeout);
  }

  /** Who we are to OVH. */
  public sealed interface Authentication {
    /** What must never be seen in a message. */
    ImmutableList<Secret> secrets();
  }

  /**
   * An application and a consumer key, with which each call is signed.
   *
   * @param consumerKey made and granted its rights by {@link OvhLogin}
   */
  public record ApplicationKeys(String applicationKey, Secret applicationSecret, Secret consumerKey)
      implements Authentication {
    @Override
    public ImmutableList<Secret> secrets() {
      return ImmutableList.of(applicationSecret, consumerKey);
    }
  }

  /**
   * A service account (OAuth 2 client credentials, RFC 6749, section 4.4), with rights by OVH's
   * IAM.
   *
   * @param tokenUrl where tokens are handed out
   */
  public record ServiceAccount(String clientId, Secret clientSecret, URI tokenUrl)
      implements Authentication {
    @Override
    public ImmutableList<Secret> secrets() {
      return ImmutableList.of(clientSecret);
    }
  }

  /**
   * The places where OVH runs its API, by the names that its own libraries give them.
   *
   * <p>Where Canada hands out tokens, OVH's libraries disagree; this is what most of them use, and
   * the configuration can say otherwise.
   */
  enum Endpoint {
    EU("ovh-eu", "https://eu.api.ovh.com", "https://www.ovh.com/auth/oauth2/token"),
    CA("ovh-ca", "https://ca.api.ovh.com", "https://ca.ovh.com/auth/oauth2/token"),
    US("ovh-us", "https://api.us.ovhcloud.com", "https://us.ovhcloud.com/auth/oauth2/token");

    private final String label;
    private final URI url;
    private final URI tokenUrl;

    Endpoint(String label, String base, String tokenUrl) {
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

    static Optional<Endpoint> named(String name) {
      return Arrays.stream(values()).filter(endpoint -> endpoint.label.equals(name)).findFirst();
    }

    static ImmutableList<String> names() {
      return Arrays.stream(values()).map(Endpoint::label).collect(ImmutableList.toImmutableList());
    }

    /** The name of a URL if it has one, otherwise the URL: for people. */
    static String describe(URI url) {
      return Arrays.stream(values())
          .filter(endpoint -> endpoint.url.equals(url))
          .map(Endpoint::label)
          .findFirst()
          .orElse(url.toString());
    }

    /**
     * An endpoint's URL by its name, or one that is written out; the host in lower case and without
     * a slash at the end, since the signature covers it as it is sent.
     *
     * @return empty if it is neither
     */
    static Optional<URI> url(String nameOrUrl) {
      Optional<URI> known = named(nameOrUrl).map(Endpoint::url);
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
}
