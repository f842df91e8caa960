package io.relais.common.promotion;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.JsonFields;
import java.io.IOException;
import java.nio.file.Path;

/** A {@link Promotion}'s form on disk, beside the copy's directory. */
public final class PromotionFile {
  private static final int VERSION = 1;
  private static final String WHAT = "a promotion record";
  private static final String PREFIX = ".relais-";
  private static final String SUFFIX = ".promotion.json";

  /** Bytes: what is larger is none. */
  public static final int LARGEST = 4096;

  private PromotionFile() {}

  /** The name of the file for a copy whose directory has a name. */
  public static String fileName(String directory) {
    return PREFIX + directory + SUFFIX;
  }

  /** Whether a file of that name (not a path) is one: never mirrored, never removed. */
  public static boolean isFileName(String name) {
    return name.startsWith(PREFIX)
        && name.endsWith(SUFFIX)
        && name.length() > PREFIX.length() + SUFFIX.length();
  }

  /** What is to be in the file: one line. */
  public static byte[] toBytes(Promotion promotion) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", VERSION);
    root.put("id", promotion.id());
    root.put("generation", promotion.generation());
    root.put("at", promotion.at().toString());
    root.put("address", promotion.address());
    root.put("reason", promotion.reason());
    return (root + "\n").getBytes(UTF_8);
  }

  /**
   * Reads one.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws IOException if it can't be read, or is not one that this version knows: whoever must
   *     not change a live copy takes that for a promotion
   */
  public static Promotion read(Path file) throws IOException {
    return promotion(JsonFields.read(file, WHAT, VERSION));
  }

  /**
   * Reads what was in one.
   *
   * @param file its name, for messages
   * @throws IOException as {@link #read}
   */
  public static Promotion parse(String file, byte[] bytes) throws IOException {
    return promotion(JsonFields.parse(file, bytes, WHAT, VERSION));
  }

  private static Promotion promotion(JsonFields fields) throws IOException {
    return new Promotion(
        fields.text("id"),
        fields.number("generation"),
        fields.time("at"),
        fields.text("address"),
        fields.text("reason"));
  }
}
