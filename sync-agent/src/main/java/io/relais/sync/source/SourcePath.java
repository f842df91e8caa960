package io.relais.sync.source;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableSet;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.relais.common.Printable;
import io.relais.linux.Scratch;
import io.relais.linux.Statx;
import io.relais.sync.entry.RootIdentity;
import io.relais.sync.entry.RootResolution;
import io.relais.sync.path.NativeNames;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where a source is, and who may decide that.
 *
 * @param path absolute; may lead through symlinks
 * @param owners accounts, by name or number, whose directories may be mirrored whoever leads there
 *     ({@link OwnerCheck})
 */
public record SourcePath(Path path, ImmutableSet<String> owners) {
  public SourcePath {
    path = path.toAbsolutePath();
  }

  /** One that nobody but its owners and root may lead to. */
  public static SourcePath of(Path path) {
    return new SourcePath(path, ImmutableSet.of());
  }

  /**
   * What is there.
   *
   * @param real the path without symlinks
   * @param changedNanos time of the inode's last change, nanoseconds since 1970
   */
  public record ResolvedRoot(Path real, RootIdentity stamp, long changedNanos) {
    public boolean isSameDirectory(ResolvedRoot other) {
      return real.equals(other.real) && stamp.equals(other.stamp);
    }
  }

  /**
   * Looks where the path leads.
   *
   * @throws java.nio.file.NoSuchFileException if nothing is there
   * @throws java.nio.file.NotDirectoryException if it is not a directory
   * @throws java.nio.file.AccessDeniedException if a directory on the way can't be searched
   * @throws UnsafeSourceException if somebody leads there who may not
   */
  public ResolvedRoot find() throws IOException {
    try (Scratch scratch = new Scratch();
        PathWalk.Place place = open(scratch)) {
      return new ResolvedRoot(
          NativeNames.path(place.path()),
          StatxEntry.identity(scratch.statx),
          Statx.ctimeNanos(scratch.statx));
    }
  }

  /** The same, and the directory stays open: what was looked at, and nothing else. */
  PathWalk.Place open(Scratch scratch) throws IOException {
    return reach(scratch).place();
  }

  /** Where a path has led, and how. */
  record Reached(PathWalk.Place place, RootResolution way) {}

  /** The same, and which symlinks have led there. */
  Reached reach(Scratch scratch) throws IOException {
    OwnerCheck check = new OwnerCheck(scratch, owners);
    LinksOnTheWay links = new LinksOnTheWay(check);
    PathWalk.Place place;
    try {
      place = PathWalk.followToDirectory(scratch, NativeNames.latin1(path), links);
    } catch (FileSystemException e) {
      check.stopped();
      throw e;
    }
    try {
      check.arrive(place);
      return new Reached(place, links.arrivedAt(Statx.owner(scratch.statx)));
    } catch (Throwable t) {
      place.close();
      throw t;
    }
  }

  /** Notes which symlinks a path leads through, and what each says. For one walk. */
  static final class LinksOnTheWay implements PathWalk.Check {
    private final PathWalk.Check check;
    private final Hasher texts = Hashing.sha256().newHasher();
    private boolean any;

    /**
     * @param check looks at each step first
     */
    LinksOnTheWay(PathWalk.Check check) {
      this.check = check;
    }

    @Override
    public void step(int descriptor, String path, @Nullable String link) throws IOException {
      check.step(descriptor, path, link);
      if (link != null) {
        any = true;
        put(path);
        put(link);
      }
    }

    private void put(String text) {
      texts.putInt(text.length()).putString(text, ISO_8859_1);
    }

    /** To be called once, at the end of the walk. */
    RootResolution arrivedAt(long owner) {
      long hash = texts.hash().asLong();
      return new RootResolution(any && hash == 0 ? 1 : any ? hash : 0, owner);
    }
  }

  /** What to write instead, as a sentence of its own; empty if the path leads to no file. */
  public static Optional<String> singleFileAdvice(Path source) {
    if (!Files.isRegularFile(source)) {
      return Optional.empty();
    }
    String name = String.valueOf(source.getFileName());
    boolean plain = name.matches("[A-Za-z0-9._-]+"); // Others would have to be escaped.
    return Optional.of(
        Printable.quoted(source.toString())
            + " is a file; name its directory as the source"
            + (plain
                ? ", and to mirror this file alone add: exclude = [\"/*\", \"!/%s\"]"
                    .formatted(name)
                : ""));
  }
}
