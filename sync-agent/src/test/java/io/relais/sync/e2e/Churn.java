package io.relais.sync.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.relais.sync.path.NativeNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Random changes to a tree, the same for the same seed, with every content noted. One thread. */
final class Churn {
  /** Here every file has 0600 from its beginning, and no other change comes near. */
  static final String PRIVATE = "private";

  /**
   * Here nothing is moved or deleted: so whatever happens to the rest, it is never so much of the
   * whole that the delete guard would have to object.
   */
  private static final String STEADY = "steady";

  private static final int MOST_ENTRIES = 300;
  private static final int DEEPEST = 6;
  private static final ImmutableList<Integer> FILE_MODES =
      ImmutableList.of(0644, 0600, 0400, 0444, 0755, 0640, 0000);
  private static final ImmutableList<Integer> DIRECTORY_MODES =
      ImmutableList.of(0755, 0700, 0555, 0500, 0750);
  private static final ImmutableList<String> AWKWARD =
      ImmutableList.of(
          "new\nline",
          "invalid\u00ff\u00feutf8",
          "l".repeat(255),
          "\u00ff".repeat(255),
          new String("\ud83d\ude00 emoji".getBytes(UTF_8), ISO_8859_1),
          "-rf",
          "trailing ",
          "[a-z]*?",
          "back\\slash",
          ".hidden",
          ".relais-not-ours",
          "quo\"te'",
          "$(x) `y`",
          "\u0001\u007f",
          "\u0080");

  private final Path root;
  private final Contents contents;
  private final Random random;
  private ImmutableList<Path> all = ImmutableList.of();

  Churn(Path root, Contents contents, long seed) {
    this.root = root;
    this.contents = contents;
    this.random = new Random(seed);
  }

  /** Makes the directory of private files, and a few entries to begin with. */
  void begin() throws IOException {
    Path keys = Files.createDirectory(root.resolve(PRIVATE));
    setMode(keys, 0700);
    Path steady = Files.createDirectory(root.resolve(STEADY));
    for (int i = 0; i < MOST_ENTRIES + 50; i++) {
      contents.write(steady.resolve("f" + i), new byte[] {(byte) i});
    }
    for (int i = 0; i < 40; i++) {
      step();
    }
  }

  /** One change. */
  void step() throws IOException {
    all =
        Listing.below(root).stream()
            .filter(
                path ->
                    !path.startsWith(root.resolve(PRIVATE))
                        && !path.startsWith(root.resolve(STEADY)))
            .collect(ImmutableList.toImmutableList());
    switch (all.size() > MOST_ENTRIES ? 90 + random.nextInt(10) : random.nextInt(100)) {
      case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 -> contents.write(fresh(), bytes());
      case 12, 13, 14 -> tree();
      case 15, 16, 17, 18, 19, 20, 21, 22, 23, 24 -> rewriteSameSize();
      case 25, 26, 27, 28, 29 -> onFile(file -> contents.write(file, bytes()));
      case 30, 31, 32, 33 -> burst();
      case 34, 35, 36, 37, 38 -> onFile(file -> contents.append(file, bytes()));
      case 39, 40, 41 -> onFile(this::truncate);
      case 42, 43, 44, 45, 46, 47, 48 -> move(pick(this::isFile), fresh());
      case 49, 50, 51, 52, 53 -> move(pick(this::isDirectory), fresh());
      case 54, 55, 56, 57, 58 -> moveOver(pick(this::isFile), pick(this::isFile));
      case 59, 60 -> replaceByRename();
      case 61, 62, 63, 64, 65 -> onFile(file -> setMode(file, oneOf(FILE_MODES)));
      case 66, 67, 68 -> onDirectory(each -> setMode(each, oneOf(DIRECTORY_MODES)));
      case 69, 70, 71 -> utimes(pick(_ -> true));
      case 72, 73, 74, 75 -> Files.createSymbolicLink(fresh(), linkText());
      case 76, 77, 78 -> switchLink();
      case 79, 80, 81, 82, 83, 84 -> swapKind();
      case 85, 86 -> rotateKey();
      case 87, 88, 89 -> recreate();
      case 90, 91, 92, 93, 94, 95, 96 -> onFile(Files::delete);
      default -> onDirectory(Churn::deleteTree);
    }
  }

  /** Something to do with a path. */
  private interface Change {
    void apply(Path path) throws IOException;
  }

  private void onFile(Change change) throws IOException {
    Path file = pick(this::isFile);
    if (file != null) {
      change.apply(file);
    }
  }

  private void onDirectory(Change change) throws IOException {
    Path directory = pick(this::isDirectory);
    if (directory != null) {
      change.apply(directory);
    }
  }

  private @Nullable Path pick(Predicate<Path> fit) {
    List<Path> fitting = all.stream().filter(fit).toList();
    return fitting.isEmpty() ? null : oneOf(fitting);
  }

  private <T> T oneOf(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private boolean isFile(Path path) {
    return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
  }

  private boolean isDirectory(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }

  private byte[] bytes() {
    int size =
        switch (random.nextInt(20)) {
          case 0 -> 0;
          case 1, 2 -> random.nextInt(3 << 20);
          case 3, 4, 5, 6 -> random.nextInt(200_000);
          default -> 1 + random.nextInt(2_000);
        };
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  private Path below(Path directory, String name) {
    return NativeNames.path(NativeNames.latin1(directory) + "/" + name);
  }

  private String name() {
    return random.nextInt(3) == 0
        ? oneOf(AWKWARD)
        : Integer.toString(random.nextInt(60), Character.MAX_RADIX);
  }

  /** A path where nothing is, in some directory. */
  private Path fresh() {
    while (true) {
      Path directory = random.nextInt(4) == 0 ? null : pick(this::isDirectory);
      Path path = below(directory == null ? root : directory, name());
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)
          && path.getNameCount() - root.getNameCount() <= DEEPEST) {
        return path;
      }
    }
  }

  private void tree() throws IOException {
    Path at = fresh();
    for (int depth = 1 + random.nextInt(3); depth > 0; depth--) {
      Files.createDirectory(at);
      for (int i = random.nextInt(4); i > 0; i--) {
        contents.write(below(at, "f" + i), bytes());
      }
      at = below(at, "d" + depth);
    }
  }

  /** In place; sometimes with the old time, which only the ctime tells from no change at all. */
  private void rewriteSameSize() throws IOException {
    Path file = pick(this::isFile);
    if (file == null) {
      return;
    }
    FileTime time = Files.getLastModifiedTime(file);
    byte[] content = new byte[(int) Files.size(file)];
    for (int i = random.nextInt(3); i >= 0; i--) {
      random.nextBytes(content);
      contents.overwrite(file, content);
    }
    if (random.nextBoolean()) {
      Files.setLastModifiedTime(file, time);
    }
  }

  /** A large file that changes again and again while it is sent. */
  private void burst() throws IOException {
    Path file = below(root, "burst" + random.nextInt(2));
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS) && !isFile(file)) {
      return;
    }
    byte[] content = new byte[4 << 20];
    random.nextBytes(content);
    contents.write(file, content);
    for (int i = 0; i < 6; i++) {
      random.nextBytes(content);
      contents.overwrite(file, content);
    }
  }

  private void truncate(Path file) throws IOException {
    contents.truncate(file, random.nextInt(1 + (int) Files.size(file)));
  }

  private void move(@Nullable Path from, Path to) throws IOException {
    if (from == null || to.startsWith(from) || deepest(from, to) > DEEPEST + 2) {
      return;
    }
    contents.willMove(from, to);
    Files.move(from, to);
  }

  private int deepest(Path from, Path to) throws IOException {
    int below = 0;
    for (Path path : Listing.below(from)) {
      below = Math.max(below, path.getNameCount() - from.getNameCount());
    }
    return to.getNameCount() - root.getNameCount() + below;
  }

  private void moveOver(@Nullable Path from, @Nullable Path to) throws IOException {
    if (from != null && to != null && !from.equals(to)) {
      contents.willMove(from, to);
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /** As an editor saves. */
  private void replaceByRename() throws IOException {
    Path draft = fresh();
    contents.write(draft, bytes());
    moveOver(draft, pick(this::isFile));
  }

  private void utimes(@Nullable Path path) throws IOException {
    if (path != null) {
      FileTime time =
          FileTime.from(
              Instant.ofEpochSecond(
                  1_000_000_000L + random.nextInt(700_000_000), random.nextInt(9)));
      Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setTimes(time, null, null);
    }
  }

  private Path linkText() {
    return random.nextInt(3) == 0
        ? Path.of("nowhere" + random.nextInt(9))
        : NativeNames.path("/x/" + name()).getFileName();
  }

  /** A new link is made beside it and renamed over, as ln -sfn can't, but careful people do. */
  private void switchLink() throws IOException {
    Path link = pick(Files::isSymbolicLink);
    if (link != null) {
      Path draft = fresh();
      Files.createSymbolicLink(draft, linkText());
      Files.move(draft, link, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private void swapKind() throws IOException {
    Path path = pick(_ -> true);
    if (path == null) {
      return;
    }
    deleteTree(path);
    switch (random.nextInt(3)) {
      case 0 -> contents.write(path, bytes());
      case 1 -> Files.createSymbolicLink(path, linkText());
      default -> {
        Files.createDirectory(path);
        contents.write(below(path, name()), bytes());
      }
    }
  }

  private void recreate() throws IOException {
    Path directory = pick(this::isDirectory);
    if (directory != null) {
      deleteTree(directory);
      Files.createDirectories(below(directory, "again"));
      contents.write(below(directory, name()), bytes());
    }
  }

  private void rotateKey() throws IOException {
    Path keys = root.resolve(PRIVATE);
    Path draft = keys.resolve("draft");
    Path key = keys.resolve("key" + random.nextInt(4) + ".pem");
    Files.createFile(
        draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    contents.write(draft, bytes());
    moveOver(draft, key);
  }

  private static void setMode(Path path, int mode) throws IOException {
    Files.setAttribute(path, "unix:mode", mode);
  }

  private static void deleteTree(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      MoreFiles.deleteRecursively(path, RecursiveDeleteOption.ALLOW_INSECURE);
    } else {
      Files.delete(path);
    }
  }
}
