package io.relais.testbed.provider;

import com.google.common.collect.ImmutableMap;
import java.net.URI;

/**
 * A request as it came to the simulator.
 *
 * @param url whole, byte for byte as it was sent
 * @param path from the API's version on: {@code /domain/zone/example.org/refresh}, decoded
 * @param query decoded
 * @param headers by name in lower case
 */
public record OvhRequest(
    String method,
    String url,
    String path,
    ImmutableMap<String, String> query,
    ImmutableMap<String, String> headers,
    String body) {
  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  /** Whether it is one that changes records, or publishes them. */
  public boolean changes() {
    return path.startsWith("/domain/") && !method.equals("GET");
  }

  /** Method and path: {@code POST /domain/zone/example.org/refresh}. */
  public String line() {
    return method + " " + path;
  }

  String rawPath() {
    return URI.create(url).getRawPath();
  }
}
