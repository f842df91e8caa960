package io.relais.failover.dns.cloudflare;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import io.relais.common.Secret;
import java.net.URI;
import java.time.Duration;

/**
 * How to speak with Cloudflare.
 *
 * @param endpoint the API's address with its version, without a slash at the end
 * @param token of the user's or of the account's, with the permission Zone, DNS, Edit
 * @param zoneIds by name, for a token that may not look zones up
 * @param timeout of one call; over zero
 */
public record CloudflareSettings(
    URI endpoint, Secret token, ImmutableMap<String, String> zoneIds, Duration timeout) {
  /** Where everybody's zones are. */
  public static final URI ENDPOINT = URI.create("https://api.cloudflare.com/client/v4");

  public CloudflareSettings {
    checkArgument(endpoint.getHost() != null, "endpoint '%s'", endpoint);
    checkArgument(!endpoint.toString().endsWith("/"), "endpoint '%s'", endpoint);
    checkArgument(timeout.isPositive(), "timeout %s", timeout);
  }
}
