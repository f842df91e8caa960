package io.relais.openssh;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ascii;
import com.google.common.hash.Hashing;
import com.google.common.io.BaseEncoding;
import io.relais.openssh.KnownHosts.KnownKey;
import java.nio.ByteBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
 *
 * @param hosts a list of patterns in lower case, or one hashed name
 */
record KnownHostsLine(Marker marker, String hosts, KnownKey key) {
  enum Marker {
    NONE,
    AUTHORITY,
    REVOKED
  }

  /** Why a line can't be read; caught where it is read. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed(String why) {
      super(why);
    }
  }

  private static final Pattern FORM =
      Pattern.compile(
          "(?:(?<marker>@\\S*)(?<gap>[ \\t]+))?(?<hosts>[^ \\t]+)[ \\t]+"
              + "(?<type>[^ \\t#][^ \\t]*)[ \\t]+(?<key>[^ \\t]+).*");
  private static final Pattern HASHED = Pattern.compile("\\|1\\|([^|]+)\\|([^|]+)");
  private static final int SHA1_BYTES = 20;

  static KnownHostsLine parse(ConfigLocation at, String text) throws Malformed {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new Malformed("it has no host, key type and key");
    }
    Marker marker = marker(parts.group("marker"), parts.group("gap"));
    String hosts = parts.group("hosts");
    if (hosts.startsWith("|")) {
      salt(hosts);
    } else {
      hosts = Ascii.toLowerCase(hosts);
    }
    return new KnownHostsLine(marker, hosts, key(at, parts.group("type"), parts.group("key")));
  }

  private static Marker marker(@Nullable String text, @Nullable String gap) throws Malformed {
    if (text == null) {
      return Marker.NONE;
    }
    return switch (text) {
      case "@revoked" -> Marker.REVOKED;
      case "@cert-authority" -> {
        // OpenSSH looks for the blank after a marker first, so a tab makes it skip the line.
        if (gap != null && gap.startsWith("\t")) {
          throw new Malformed("a tab follows the marker, where OpenSSH wants a blank");
        }
        yield Marker.AUTHORITY;
      }
      default -> throw new Malformed("'" + text + "' is not a marker that OpenSSH knows");
    };
  }

  private static KnownKey key(ConfigLocation at, String type, String base64) throws Malformed {
    byte[] blob;
    try {
      // The decoder does without the padding at the end; OpenSSH does not.
      blob = BaseEncoding.base64().decode(base64.length() % 4 == 0 ? base64 : "!");
    } catch (IllegalArgumentException e) {
      throw new Malformed("its key is not valid base64");
    }
    if (!typeOf(blob).equals(type)) {
      throw new Malformed("its key is not of the type '" + type + "'");
    }
    return new KnownKey(at, type, BaseEncoding.base64().encode(blob));
  }

  /** The type that a key itself tells: a string of RFC 4251, section 5. */
  private static String typeOf(byte[] blob) {
    if (blob.length < Integer.BYTES) {
      return "";
    }
    int length = ByteBuffer.wrap(blob).getInt();
    boolean fits = length > 0 && length <= blob.length - Integer.BYTES;
    return fits ? new String(blob, Integer.BYTES, length, UTF_8) : "";
  }

  /** Whether the line is for that name, which is in lower case, with brackets and port if any. */
  boolean isFor(String name) {
    return hosts.startsWith("|") ? hash(name).equals(hosts) : Patterns.matchesList(name, hosts);
  }

  @SuppressWarnings("deprecation") // SHA-1 is what the format prescribes.
  private String hash(String name) {
    try {
      byte[] salt = salt(hosts);
      byte[] hash = Hashing.hmacSha1(salt).hashString(name, UTF_8).asBytes();
      return "|1|" + BaseEncoding.base64().encode(salt) + "|" + BaseEncoding.base64().encode(hash);
    } catch (Malformed e) {
      throw new IllegalStateException("a line that was not parsed: " + hosts, e);
    }
  }

  private static byte[] salt(String hosts) throws Malformed {
    Matcher parts = HASHED.matcher(hosts);
    if (!parts.matches()) {
      throw new Malformed("its hashed name is cut or of an unknown kind");
    }
    try {
      byte[] salt = BaseEncoding.base64().decode(parts.group(1));
      if (salt.length == SHA1_BYTES) {
        return salt;
      }
    } catch (IllegalArgumentException e) {
      throw new Malformed("its hashed name is not valid base64");
    }
    throw new Malformed("the salt of its hashed name is not 20 bytes long");
  }
}
