package io.relais.sync.e2e;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.hash.Hashing;
import io.relais.sync.path.NativeNames;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * What is in a tree, by itself: not with the product's own scanner. A running agent's directory for
 * files that are not in place yet is left out.
 */
final class Listing {
  private static final int SETGID = 02000;

  private static final Path SLASH = Path.of("/");
  private static final Pattern TEMPORARY = Pattern.compile("\\.relais-[0-9a-f]{8}-[0-9a-f]{12}");

  private final Path root;
  private final int prefix;
  private final Map<String, String> entries = new TreeMap<>();

  private Listing(Path root) {
    this.root = root;
    this.prefix = NativeNames.latin1(root).length();
  }

  /** By path, one character a byte, one line with everything that is to be equal. */
  static Map<String, String> of(Path root) throws IOException {
    Listing listing = new Listing(root);
    listing.add(root);
    return listing.entries;
  }

  /** One line for each path that is not the same in both trees; what vanishes meanwhile differs. */
  static ImmutableList<String> differences(Path one, Path other) throws IOException {
    Map<String, String> left = of(one);
    Map<String, String> right = of(other);
    Set<String> paths = new TreeSet<>(left.keySet());
    paths.addAll(right.keySet());
    return paths.stream()
        .filter(path -> !left.getOrDefault(path, "").equals(right.getOrDefault(path, "")))
        .map(path -> path + ": " + left.get(path) + " <> " + right.get(path))
        .collect(toImmutableList());
  }

  /** Every path below, each directory before what it holds, the root not among them. */
  static ImmutableList<Path> below(Path root) throws IOException {
    ImmutableList.Builder<Path> found = ImmutableList.builder();
    for (Path child : children(root)) {
      if (!isStaging(child)) {
        collect(child, found);
      }
    }
    return found.build();
  }

  /** All with a name of ours, with those in the agent's directory and that one itself. */
  static ImmutableList<Path> temporaries(Path root) throws IOException {
    ImmutableList.Builder<Path> found = ImmutableList.builder();
    for (Path child : children(root)) {
      collect(child, found);
    }
    return found.build().stream().filter(Listing::isTemporary).collect(toImmutableList());
  }

  private static boolean isTemporary(Path path) {
    return TEMPORARY.matcher(String.valueOf(path.getFileName())).matches();
  }

  private static boolean isStaging(Path path) {
    return isTemporary(path) && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  private static void collect(Path path, ImmutableList.Builder<Path> found) throws IOException {
    found.add(path);
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      for (Path child : children(path)) {
        collect(child, found);
      }
    }
  }

  /** What a directory holds; nothing if it vanished. */
  static ImmutableList<Path> children(Path directory) throws IOException {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      return ImmutableList.copyOf(children);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return ImmutableList.of();
    }
  }

  private void add(Path path) throws IOException {
    String name = NativeNames.latin1(path).substring(prefix);
    try {
      Map<String, Object> stat =
          Files.readAttributes(
              path, "unix:mode,isDirectory,isSymbolicLink,size", LinkOption.NOFOLLOW_LINKS);
      boolean directory = Boolean.TRUE.equals(stat.get("isDirectory"));
      boolean link = Boolean.TRUE.equals(stat.get("isSymbolicLink"));
      FileTime time = Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS);
      int mode = (int) requireNonNull(stat.get("mode"));
      if (directory) {
        mode &= ~SETGID; // It is not mirrored.
      }
      String attributes = "mode %s mtime %d".formatted(mode, time.to(TimeUnit.SECONDS));
      entries.put(
          name,
          attributes
              + (directory
                  ? ""
                  : link
                      ? " -> " + NativeNames.latin1(SLASH.resolve(Files.readSymbolicLink(path)))
                      : " size %s %s"
                          .formatted(
                              stat.get("size"),
                              Hashing.murmur3_128().hashBytes(Files.readAllBytes(path)))));
      if (directory) {
        for (Path child : children(path)) {
          if (!path.equals(root) || !isStaging(child)) {
            add(child);
          }
        }
      }
    } catch (NoSuchFileException e) {
      if (path.equals(root)) {
        return;
      }
      entries.put(name, "vanished from " + root);
    }
  }
}
