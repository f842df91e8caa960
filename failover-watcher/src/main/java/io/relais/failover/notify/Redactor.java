package io.relais.failover.notify;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.net.URI;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Takes a channel's secrets out of what others said: error pages like to repeat the path that was
 * asked for, and the path is the key.
 */
final class Redactor {
  /** Shorter parts of a path are words ("bot", "v1", "message"), not keys. */
  private static final int SHORTEST_PART = 8;

  /** Of anything else, as of a header: 5 as a priority is not a secret. */
  private static final int SHORTEST = 4;

  private static final Splitter PARTS = Splitter.onPattern("[/?&=;#]").omitEmptyStrings();

  private final ImmutableList<String> secrets;

  private Redactor(ImmutableList<String> secrets) {
    this.secrets = secrets;
  }

  /** Hides the path and the query of an URI, whole and in parts, and the other secrets. */
  static Redactor of(URI uri, List<String> others) {
    List<String> secrets = new ArrayList<>(others);
    String tail = uri.toString().replaceFirst("^[^:]*://[^/?#]*", "");
    secrets.add(tail);
    PARTS.splitToStream(tail).filter(part -> part.length() >= SHORTEST_PART).forEach(secrets::add);
    if (uri.getRawUserInfo() != null) {
      secrets.add(uri.getRawUserInfo());
    }
    return new Redactor(
        secrets.stream()
            .flatMap(secret -> List.of(secret, decoded(secret)).stream())
            .filter(secret -> secret.length() >= SHORTEST)
            .distinct()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .collect(ImmutableList.toImmutableList()));
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  String redact(String text) {
    String redacted = text;
    for (String secret : secrets) {
      redacted = redacted.replace(secret, "***");
    }
    return redacted;
  }
}
