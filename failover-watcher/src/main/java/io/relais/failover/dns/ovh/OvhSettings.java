package io.relais.failover.dns.ovh;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.Secret;
import io.relais.failover.dns.RecordKey;
import java.net.URI;
import java.time.Duration;

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
}
