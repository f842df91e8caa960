package io.relais.sync.config;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.EscapedName;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import io.relais.sync.guard.DeleteGuard;
import io.relais.sync.plan.DriftPolicy;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.SourcePath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One {@code [[sync]]} table: a source and where it is mirrored to.
 *
 * @param name unique, of letters, digits, {@code -}, {@code _} and {@code .}
 * @param source absolute
 * @param sourceOwners accounts, by name or number, whose directories may be mirrored whoever leads
 *     there (see {@link SourcePath})
 * @param exclude patterns in gitignore syntax, in order
 * @param deleteGuard the most that one plan may delete without being confirmed
 * @param consistent whether changes are applied as one step, as certificates need
 * @param rateLimit the most that is sent to each target; empty: as much as the link carries
 * @param reserve what large files leave free at each target
 * @param drift what is done about what somebody else has changed at a target
 * @param channels how many SFTP channels of one connection are used at once
 * @param checksumScan within which time all of each copy is read back; empty for never
 * @param sqlite patterns in gitignore syntax, in order: the files that they name are SQLite
 *     databases, and are mirrored as snapshots
 * @param poll how often the source is looked at without a hint; empty: only where its file system
 *     does not tell of every change
 */
public record SyncConfig(
    String name,
    Path source,
    ImmutableSet<String> sourceOwners,
    ImmutableList<TargetAddress> targets,
    boolean delete,
    ImmutableList<String> exclude,
    LinkPolicy links,
    Debounce debounce,
    DeleteGuard deleteGuard,
    boolean consistent,
    Durability durability,
    Deltas deltas,
    Optional<DataRate> rateLimit,
    Reserve reserve,
    DriftPolicy drift,
    Channels channels,
    Optional<Duration> checksumScan,
    ImmutableList<String> sqlite,
    Optional<Duration> poll) {
  /** What one plan may delete, if the file says nothing else. */
  public static final DeleteGuard DEFAULT_DELETE_GUARD = new DeleteGuard(0.5, 100);

  /** How often a source is looked at whose file system does not tell of every change. */
  public static final Duration DEFAULT_POLL = Duration.ofSeconds(30);

  /** The shortest and the longest time between two such looks. */
  public static final Duration SHORTEST_POLL = Duration.ofSeconds(1);

  public static final Duration LONGEST_POLL = Duration.ofDays(1);

  /** The shortest and the longest time that a checksum scan may be spread over. */
  public static final Duration SHORTEST_SCAN = Duration.ofHours(1);

  public static final Duration LONGEST_SCAN = Duration.ofDays(366);

  public SyncConfig {
    checkArgument(source.isAbsolute(), "source %s is relative", source);
    checkArgument(!targets.isEmpty(), "sync %s has no target", name);
  }

  /** Where the source is, and who may lead there. */
  public SourcePath sourcePath() {
    return new SourcePath(source, sourceOwners);
  }

  /**
   * How long a changed path must be quiet before it is looked at, and how long it may wait.
   *
   * @param quiet over zero; for a consistent mirror, how long the whole source must be quiet
   * @param max at least {@code quiet}; without meaning for a consistent mirror, which waits for as
   *     long as the source is being written
   */
  public record Debounce(Duration quiet, Duration max) {
    /** For mirrors that are not consistent. */
    public static final Debounce DEFAULT =
        new Debounce(Duration.ofMillis(50), Duration.ofSeconds(2));

    /** For consistent mirrors: a renewal writes many files, some of them after a pause. */
    public static final Debounce CONSISTENT =
        new Debounce(Duration.ofMillis(500), Duration.ofSeconds(2));

    public Debounce {
      checkArgument(quiet.isPositive(), "quiet %s is not over zero", quiet);
      checkArgument(quiet.compareTo(max) <= 0, "quiet %s is longer than max %s", quiet, max);
    }
  }

  /**
   * Whether of a changed file only what changed is sent, and the rest copied at the target.
   *
   * @param minBytes smaller files are sent whole; not below 0
   * @param verify whether what was put together is read back before it is put in place
   */
  public record Deltas(long minBytes, boolean verify) {
    public static final Deltas DEFAULT = new Deltas(1 << 20, false);

    public Deltas {
      checkArgument(minBytes >= 0, "delta_min %s", minBytes);
    }
  }

  /** Whether the target's disk must confirm a file before it is put in place. */
  public enum Durability {
    FSYNC,
    NONE
  }

  /** How many SFTP channels of one SSH connection are used at once. */
  public enum Channels {
    /** Several with servers that are known to keep them apart, one with every other. */
    AUTO,
    ONE,
    SEVERAL
  }

  /**
   * Where a mirror is kept.
   *
   * @param host an alias of the OpenSSH configuration
   * @param path absolute, as the SFTP account sees it; one character a byte
   */
  public record TargetAddress(String host, String path) {
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.%+-]{0,254}");

    public TargetAddress {
      checkArgument(!host.isEmpty(), "no host");
      checkArgument(path.startsWith("/"), "path %s is relative", path);
    }

    /** Reads {@code HOST:/path}. */
    static TargetAddress parse(String text) throws BadValueException {
      if (text.contains("://")) {
        throw bad(text, "is a URL; write HOST:/path, as in \"backup:/data/site\"");
      }
      int colon = text.indexOf(':');
      if (colon < 1) {
        throw bad(text, "has no host; write HOST:/path, as in \"backup:/data/site\"");
      }
      checkHost(text, text.substring(0, colon));
      String path = text.substring(colon + 1);
      checkPath(text, path);
      String plain = path.replaceAll("/+", "/").replaceAll("(?<=.)/$", "");
      return new TargetAddress(
          text.substring(0, colon), new String(plain.getBytes(UTF_8), ISO_8859_1));
    }

    private static void checkHost(String text, String host) throws BadValueException {
      if (host.contains("@")) {
        throw bad(text, "names a user; put 'User' into the OpenSSH config and write HOST:/path");
      }
      if (!HOST.matcher(host).matches()) {
        throw bad(
            text,
            "does not name an alias of the OpenSSH config before the colon; write HOST:/path, as in"
                + " \"backup:/data/site\"");
      }
    }

    private static void checkPath(String text, String path) throws BadValueException {
      if (path.matches("[0-9]+[:/].*")) {
        throw bad(text, "names a port; put 'Port' into the OpenSSH config and write HOST:/path");
      }
      if (path.startsWith("~")) {
        throw bad(text, "has a '~', which SFTP does not expand; write the path from '/'");
      }
      if (!path.startsWith("/")) {
        throw bad(text, "has a relative path; write it from '/', as the SFTP account sees it");
      }
      if (path.indexOf('\0') >= 0) {
        throw bad(text, "contains a NUL, which no path can; leave it out");
      }
      if (Arrays.stream(path.split("/")).anyMatch(name -> name.equals(".") || name.equals(".."))) {
        throw bad(text, "contains '.' or '..'; write the path that it leads to");
      }
    }

    private static BadValueException bad(String text, String what) {
      return new BadValueException(Printable.quoted(text) + " " + what);
    }

    /** Whether the other one lies below this one, at the same host. */
    boolean holds(TargetAddress other) {
      String directory = path.endsWith("/") ? path : path + "/";
      return host.equals(other.host)
          && !path.equals(other.path)
          && other.path.startsWith(directory);
    }

    /** For logs and people; the path as text where it is UTF-8. */
    @Override
    public String toString() {
      return host + ":" + EscapedName.of(path);
    }
  }
}
