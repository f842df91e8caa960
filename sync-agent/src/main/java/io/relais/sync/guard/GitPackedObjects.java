package io.relais.sync.guard;

import io.relais.sync.path.RelPath;
import java.util.Collection;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Objects of git repositories that are not lost when their files go, since {@code git gc} has just
 * put them into a pack (gitrepository-layout(5)).
 */
public final class GitPackedObjects {
  private static final Pattern PACK = Pattern.compile("(?<objects>.*)/pack/pack-[0-9a-f]+\\.pack");

  /** One of the 256 directories, or an object in it, by SHA-1 or SHA-256. */
  private static final Pattern LOOSE =
      Pattern.compile("(?<objects>.*)/[0-9a-f]{2}(/[0-9a-f]{38}|/[0-9a-f]{62})?");

  private final Set<String> packed;

  private GitPackedObjects(Set<String> packed) {
    this.packed = packed;
  }

  /**
   * What has been packed.
   *
   * @param arrived what is new
   */
  public static GitPackedObjects of(Collection<RelPath> arrived) {
    return new GitPackedObjects(
        arrived.stream()
            .map(path -> PACK.matcher(path.latin1()))
            .filter(Matcher::matches)
            .map(found -> found.group("objects"))
            .filter(directory -> directory.equals("objects") || directory.endsWith("/objects"))
            .collect(Collectors.toUnmodifiableSet()));
  }

  /** Whether a file held, or a directory was for, objects of a repository that has a new pack. */
  public boolean has(RelPath path) {
    if (packed.isEmpty()) {
      return false;
    }
    Matcher found = LOOSE.matcher(path.latin1());
    return found.matches() && packed.contains(found.group("objects"));
  }
}
