package io.relais.benchmark.mirror;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Trees to be mirrored: the same for the same scale, with times that lie in the past. */
final class Corpora {
  /** A thousand files of the site lie below it, and nothing else. */
  static final String SHOP = "content/plugins/shop";

  static final int SHOP_FILES = 1000;
  private static final long FIRST_TIME = 1_700_000_000_000L;
  private static final int FILES_IN_A_SITE_DIRECTORY = 10;
  private static final int TEXT = 1 << 20;

  private final Random random;
  private final byte[] text = new byte[TEXT];
  private int made;

  private Corpora(long seed) {
    this.random = new Random(seed);
    // Compressible as source code is, more or less: words of a small vocabulary.
    String[] words =
        "function return array string null class public static div span color".split(" ");
    StringBuilder some = new StringBuilder();
    while (some.length() < TEXT) {
      some.append(words[random.nextInt(words.length)]).append(random.nextInt(100)).append(' ');
    }
    System.arraycopy(some.toString().getBytes(US_ASCII), 0, text, 0, TEXT);
  }

  /**
   * A web site: sizes log-normal around 8 KB, up to 4 MB, about 20 KB on average; text, and a
   * quarter of it images; ten files in a directory, five deep.
   */
  static void site(Path root, int files) throws IOException {
    Corpora corpora = new Corpora(1);
    for (int i = 0; i < SHOP_FILES; i++) {
      String directory = SHOP + "/part" + i % 5 + "/group" + i / 5 % 10;
      corpora.put(root.resolve(directory), "class-%04d.php".formatted(i), corpora.siteFile(false));
    }
    for (int i = SHOP_FILES; i < files; i++) {
      boolean image = i % 4 == 0;
      int group = i / 4 / FILES_IN_A_SITE_DIRECTORY;
      String directory =
          image
              ? "content/uploads/%d/%02d".formatted(2000 + group / 12, group % 12 + 1)
              : "content/plugins/plugin-%02d/%s/%d"
                  .formatted(i % 4 + 3 * (group / 8), "includes/admin", group % 8);
      String name = "file-%05d.%s".formatted(i, image ? "jpg" : "php");
      corpora.put(root.resolve(directory), name, corpora.siteFile(image));
    }
  }

  /** Directories in two levels, with twenty files of 1 KB each. */
  static void wide(Path root, int directories) throws IOException {
    flat(root, directories, Scale.FILES_IN_A_DIRECTORY, 1024);
  }

  /** Small files, a hundred in a directory. */
  static void many(Path root, int files) throws IOException {
    flat(root, files / 100, 100, 64);
  }

  private static void flat(Path root, int directories, int files, int size) throws IOException {
    Corpora corpora = new Corpora(2);
    for (int i = 0; i < directories; i++) {
      // Every hundredth holds the ninety-nine that come after it.
      String upper = "d%04d".formatted(i / 100);
      Path directory = root.resolve(i % 100 == 0 ? upper : "%s/e%02d".formatted(upper, i % 100));
      for (int j = 0; j < files; j++) {
        corpora.put(directory, "f%02d.dat".formatted(j), corpora.bytes(size));
      }
    }
  }

  /** One file that can't be compressed. */
  static void big(Path root, long size) throws IOException {
    Corpora corpora = new Corpora(3);
    Path file = Files.createDirectories(root).resolve("big.bin");
    try (OutputStream out = Files.newOutputStream(file)) {
      for (long left = size; left > 0; left -= TEXT) {
        out.write(corpora.bytes((int) Math.min(TEXT, left)));
      }
    }
    Files.setLastModifiedTime(file, FileTime.fromMillis(FIRST_TIME));
  }

  private void put(Path directory, String name, byte[] content) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
    }
    Path file = Files.write(directory.resolve(name), content);
    Files.setLastModifiedTime(file, FileTime.fromMillis(FIRST_TIME + 1000L * made++));
  }

  private byte[] siteFile(boolean image) {
    int size = (int) Math.clamp(8192 * Math.exp(1.35 * random.nextGaussian()), 64, 4 << 20);
    if (image) {
      return bytes(size);
    }
    byte[] content = new byte[size];
    int start = random.nextInt(TEXT);
    for (int i = 0; i < size; i++) {
      content[i] = text[(start + i) % TEXT];
    }
    return content;
  }

  private byte[] bytes(int size) {
    byte[] content = new byte[size];
    random.nextBytes(content);
    return content;
  }

  /** All regular files below a directory, sorted. */
  static List<Path> files(Path root) throws IOException {
    try (var paths = Files.walk(root)) {
      return new ArrayList<>(paths.filter(Files::isRegularFile).sorted().toList());
    }
  }
}
