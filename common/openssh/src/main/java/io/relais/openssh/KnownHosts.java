package io.relais.openssh;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ascii;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import com.google.common.io.BaseEncoding;
import io.relais.common.FileAccess;
import io.relais.openssh.ConfigLine.ConfigLocation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The host keys that a user trusts, from known_hosts files. A missing file is an empty one.
 *
 * <p>A host is looked up as OpenSSH does it: by its bare name on port 22, otherwise by {@code
 * [host]:port}, and where that yields nothing, by the bare name once more. For a {@code
 * HostKeyAlias} pass the alias and {@link #STANDARD_PORT}.
 *
 * <p>Immutable, and safe for use by many threads.
 */
public final class KnownHosts {
  public static final int STANDARD_PORT = 22;

  private final ImmutableList<KnownHostsLine> lines;
  private final ImmutableList<String> warnings;

  /**
   * A key in a known_hosts file.
   *
   * @param keyType such as {@code ssh-ed25519}
   * @param base64 the public key, as the file has it
   */
  public record KnownKey(ConfigLocation at, String keyType, String base64) {
    public String fingerprint() {
      return KnownHosts.fingerprint(BaseEncoding.base64().decode(base64));
    }
  }

  /**
   * What a host can be expected to show, to order the host-key algorithms by: OpenSSH puts first
   * the certificate algorithms if {@code authorities}, and the algorithms of {@code plain}.
   *
   * @param plain types of its own keys such as {@code ssh-rsa}, in file order, each once
   * @param authorities whether a {@code @cert-authority} line matches
   */
  public record KnownKeyTypes(ImmutableList<String> plain, boolean authorities) {}

  /** What the known_hosts files say of a key that a host shows. */
  public sealed interface Verdict {
    /** The host has this key. */
    record Trusted(KnownKey key) implements Verdict {}

    /** The files have no key for the host. */
    record Unknown() implements Verdict {}

    /**
     * The files have keys for the host, and this is not one of them.
     *
     * @param expected those they have, in file order; at least one
     */
    record Changed(ImmutableList<KnownKey> expected) implements Verdict {}

    /** A line of the files revokes the key. */
    record Revoked(KnownKey key) implements Verdict {}
  }

  private KnownHosts(ImmutableList<KnownHostsLine> lines, ImmutableList<String> warnings) {
    this.lines = lines;
    this.warnings = warnings;
  }

  /** Reads files in the order given: the user's first, then the system's. */
  public static KnownHosts read(List<Path> files) {
    ImmutableList.Builder<KnownHostsLine> lines = ImmutableList.builder();
    ImmutableList.Builder<String> warnings = ImmutableList.builder();
    for (Path file : files) {
      try {
        read(file, lines, warnings);
      } catch (NoSuchFileException e) {
        // Most hosts lack most of the usual files.
      } catch (IOException e) {
        warnings.add(
            file
                + ": "
                + SshConfigException.whyUnread(file, e)
                + "; until then its host keys are not known");
      }
    }
    return new KnownHosts(lines.build(), warnings.build());
  }

  private static void read(
      Path file,
      ImmutableList.Builder<KnownHostsLine> lines,
      ImmutableList.Builder<String> warnings)
      throws IOException {
    FileAccess.requireRegularFile(file);
    List<String> text = Splitter.on('\n').splitToList(Files.readString(file, ISO_8859_1));
    for (int i = 0; i < text.size(); i++) {
      String line = text.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      ConfigLocation at = new ConfigLocation(file, i + 1);
      try {
        lines.add(KnownHostsLine.parse(at, line));
      } catch (KnownHostsLine.Malformed e) {
        warnings.add(at + ": this line is skipped: " + e.getMessage());
      }
    }
  }

  /** Lines that can't be read, and files that can't: {@code FILE:LINE: …}, one line each. */
  public ImmutableList<String> warnings() {
    return warnings;
  }

  /**
   * Judges a plain host key. For a certificate see {@link #authorityFor}.
   *
   * @param keyBlob the public key as RFC 4253, section 6.6, encodes it
   */
  public Verdict check(String host, int port, String keyType, byte[] keyBlob) {
    Optional<KnownKey> revoked = revocation(host, port, keyBlob);
    if (revoked.isPresent()) {
      return new Verdict.Revoked(revoked.get());
    }
    String base64 = BaseEncoding.base64().encode(keyBlob);
    ImmutableList<String> names = names(host, port);
    ImmutableList<KnownKey> known = find(names.getFirst(), KnownHostsLine.Marker.NONE);
    Optional<KnownKey> same = same(known, keyType, base64);
    if (known.isEmpty()) {
      // Other keys under the bare name say nothing of this port: they leave it unknown.
      same = same(find(names.getLast(), KnownHostsLine.Marker.NONE), keyType, base64);
    }
    return same.<Verdict>map(Verdict.Trusted::new)
        .orElseGet(() -> known.isEmpty() ? new Verdict.Unknown() : new Verdict.Changed(known));
  }

  /**
   * The line that lets an authority vouch for the host, if there is one. The caller checks the
   * certificate itself (signature, principal, validity), and {@link #revocation} for the key in the
   * certificate and for the authority's key. Without an authority, or if the certificate fails,
   * OpenSSH goes on with {@link #check} for the plain key in it.
   */
  public Optional<KnownKey> authorityFor(
      String host, int port, String authorityType, byte[] authorityBlob) {
    String base64 = BaseEncoding.base64().encode(authorityBlob);
    return names(host, port).stream()
        .flatMap(
            name ->
                same(find(name, KnownHostsLine.Marker.AUTHORITY), authorityType, base64).stream())
        .findFirst();
  }

  /**
   * The line that revokes a key for the host, if there is one. A line for the bare name counts on
   * every port, which is stricter than OpenSSH: it looks there only if {@code [host]:port} is new.
   */
  public Optional<KnownKey> revocation(String host, int port, byte[] keyBlob) {
    String base64 = BaseEncoding.base64().encode(keyBlob);
    return names(host, port).stream()
        .flatMap(name -> find(name, KnownHostsLine.Marker.REVOKED).stream())
        .filter(key -> key.base64().equals(base64))
        .findFirst();
  }

  /** The types of key that the host can be expected to show. */
  public KnownKeyTypes keyTypesFor(String host, int port) {
    ImmutableList<String> names = names(host, port);
    ImmutableList<KnownKey> known = find(names.getFirst(), KnownHostsLine.Marker.NONE);
    if (known.isEmpty()) {
      known = find(names.getLast(), KnownHostsLine.Marker.NONE);
    }
    boolean authorities =
        names.stream().anyMatch(name -> !find(name, KnownHostsLine.Marker.AUTHORITY).isEmpty());
    return new KnownKeyTypes(
        known.stream().map(KnownKey::keyType).distinct().collect(ImmutableList.toImmutableList()),
        authorities);
  }

  /**
   * The SHA-256 fingerprint of a public key as ssh-keygen -l shows it: {@code SHA256:} and base64
   * without padding.
   *
   * @param keyBlob the public key as RFC 4253, section 6.6, encodes it
   */
  public static String fingerprint(byte[] keyBlob) {
    return "SHA256:"
        + BaseEncoding.base64().omitPadding().encode(Hashing.sha256().hashBytes(keyBlob).asBytes());
  }

  /** The name as it is written in a known_hosts file. */
  public static String name(String host, int port) {
    String bare = Ascii.toLowerCase(host);
    return port == STANDARD_PORT ? bare : "[" + bare + "]:" + port;
  }

  private static ImmutableList<String> names(String host, int port) {
    return port == STANDARD_PORT
        ? ImmutableList.of(name(host, port))
        : ImmutableList.of(name(host, port), name(host, STANDARD_PORT));
  }

  private ImmutableList<KnownKey> find(String name, KnownHostsLine.Marker marker) {
    return lines.stream()
        .filter(line -> line.marker() == marker && line.isFor(name))
        .map(KnownHostsLine::key)
        .collect(ImmutableList.toImmutableList());
  }

  private static Optional<KnownKey> same(
      ImmutableList<KnownKey> known, String keyType, String base64) {
    return known.stream()
        .filter(key -> key.keyType().equals(keyType) && key.base64().equals(base64))
        .findFirst();
  }

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
        return "|1|"
            + BaseEncoding.base64().encode(salt)
            + "|"
            + BaseEncoding.base64().encode(hash);
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
}
