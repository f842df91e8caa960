package io.relais.sync.watch;

import io.relais.sync.plan.Exchange;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Changes a tree of directories at random: whatever can happen to a directory's path. */
final class RandomMoves {
  /** A directory of this name is left out of the mirror. */
  static final String EXCLUDED = "excluded";

  private static final List<String> NAMES = List.of("p", "q", "r", "s", EXCLUDED);
  private static final int MOST_DIRECTORIES = 30;
  private static final int MOST_DEEP = 6;

  private final Path root;
  private final Path outside;
  private final Random random;
  private final List<String> done = new ArrayList<>();
  private int number;

  RandomMoves(Path root, Path outside, Random random) {
    this.root = root;
    this.outside = outside;
    this.random = random;
  }

  /** What was done, in order: to be shown when a test fails. */
  List<String> done() {
    return done;
  }

  void forget() {
    done.clear();
  }

  /** Changes something, in one step or a few. */
  void step() throws IOException {
    List<Path> directories = directories(root);
    Path one = pick(directories);
    Path other = pick(directories);
    Path name = other.resolve(name());
    try {
      switch (random.nextInt(20)) {
        case 0, 1 -> make(name);
        case 2 -> make(name.resolve(name()).resolve(name()));
        case 3, 4, 5 -> move(one, one.resolveSibling(name()));
        case 6, 7, 8 -> move(one, name);
        case 9, 10, 11 -> exchange(one, other);
        case 12 -> swapByThird(one, other);
        case 13 -> move(one, outside.resolve("out" + number++));
        case 14 -> moveIn(name);
        case 15 -> delete(one);
        case 16 -> {
          delete(one);
          make(one.resolve(name()));
        }
        case 17 -> file(name);
        case 18 -> symlink(one, other);
        case 19 -> chain(one, other, name);
        default -> throw new AssertionError();
      }
    } catch (FileSystemException e) {
      // Not possible as things are; what was done of it counts.
      done.add("  that failed");
    }
  }

  private String name() {
    return NAMES.get(random.nextInt(NAMES.size()));
  }

  private Path pick(List<Path> all) {
    return all.get(random.nextInt(all.size()));
  }

  static List<Path> directories(Path top) throws IOException {
    try (Stream<Path> all = Files.walk(top)) {
      return all.filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)).toList();
    }
  }

  private void note(String what, Path one, Path other) {
    done.add(what + " " + shown(one) + " " + shown(other));
  }

  private String shown(Path path) {
    return path.startsWith(root) ? root.relativize(path).toString() : path.getFileName().toString();
  }

  private void make(Path directory) throws IOException {
    boolean deep = root.relativize(directory).getNameCount() > MOST_DEEP;
    if (!deep && directories(root).size() < MOST_DIRECTORIES) {
      done.add("mkdir -p " + shown(directory));
      Files.createDirectories(directory);
      Files.writeString(directory.resolve("file"), "x");
    }
  }

  private void move(Path from, Path to) throws IOException {
    if (!from.equals(root) && !to.startsWith(from)) {
      note("mv", from, to);
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private void exchange(Path one, Path other) throws IOException {
    boolean apart = !one.startsWith(other) && !other.startsWith(one);
    if (apart) {
      note("exchange", one, other);
      Exchange.of(one, other);
    }
  }

  private void swapByThird(Path one, Path other) throws IOException {
    if (!one.startsWith(other) && !other.startsWith(one)) {
      Path third = pick(List.of(root, outside)).resolve("third" + number++);
      move(one, third);
      move(other, one);
      move(third, other);
    }
  }

  private void moveIn(Path to) throws IOException {
    Path from;
    try (Stream<Path> there = Files.list(outside)) {
      from = there.findAny().orElse(null);
    }
    if (from == null) {
      from = outside.resolve("in" + number++);
      Files.createDirectories(from.resolve("p/q"));
    }
    note("move in", from, to);
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  private void delete(Path directory) throws IOException {
    if (!directory.equals(root)) {
      done.add("rm -r " + shown(directory));
      deleteAll(directory);
    }
  }

  static void deleteAll(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private void file(Path path) throws IOException {
    Path file = path.resolveSibling("f" + random.nextInt(3));
    done.add("write " + shown(file));
    Files.writeString(file, "y".repeat(random.nextInt(100)));
  }

  /** A symlink takes the place of a directory, in one step or in two. */
  private void symlink(Path directory, Path to) throws IOException {
    if (!directory.equals(root)) {
      Path link = root.resolve("link" + number++);
      note("symlink", link, to);
      Files.createSymbolicLink(link, to);
      if (random.nextBoolean()) {
        note("exchange", directory, link);
        Exchange.of(directory, link);
      } else {
        move(directory, outside.resolve("out" + number++));
        move(link, directory);
      }
    }
  }

  /** Something moved is moved again with what it was moved into, and another takes its name. */
  private void chain(Path one, Path other, Path name) throws IOException {
    Path into = other.resolve("c" + number++);
    move(one, into);
    move(other, name.resolveSibling("d" + number++));
    Path parent = one.getParent();
    if (parent != null && Files.isDirectory(parent)) {
      make(one);
    }
  }
}
