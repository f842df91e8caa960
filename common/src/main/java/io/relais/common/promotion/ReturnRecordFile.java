package io.relais.common.promotion;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.JsonFields;
import java.io.IOException;
import java.nio.file.Path;

/** A {@link ReturnRecord}'s form on disk, beside the copy's directory. */
public final class ReturnRecordFile {
  private static final int VERSION = 1;
  private static final String PREFIX = ".relais-";
  private static final String SUFFIX = ".return.json";
  private static final String WHAT = "a return record";

  private ReturnRecordFile() {}

  /** The name of the file for a copy whose directory has a name. */
  public static String fileName(String directory) {
    return PREFIX + directory + SUFFIX;
  }

  /** Whether a file of that name (not a path) is a return record: never mirrored or removed. */
  public static boolean isFileName(String name) {
    return name.startsWith(PREFIX)
        && name.endsWith(SUFFIX)
        && name.length() > PREFIX.length() + SUFFIX.length();
  }

  /** What is to be in the file: one line. */
  public static byte[] toBytes(ReturnRecord returned) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", VERSION);
    root.put("promotion", returned.promotionId());
    root.put("at", returned.at().toString());
    root.put("new", returned.newFiles());
    root.put("edited", returned.edited());
    root.put("deleted", returned.deleted());
    root.put("conflicts", returned.conflicts());
    root.put("settled_by", returned.settledBy());
    return (root + "\n").getBytes(UTF_8);
  }

  /**
   * Reads one.
   *
   * @throws java.nio.file.NoSuchFileException if there is none
   * @throws IOException if it can't be read, or is not one that this version knows: whoever waits
   *     for the return to be settled takes that for not settled
   */
  public static ReturnRecord read(Path file) throws IOException {
    return returned(JsonFields.read(file, WHAT, VERSION));
  }

  /**
   * Reads what was in one.
   *
   * @param file its name, for messages
   * @throws IOException as {@link #read}
   */
  public static ReturnRecord parse(String file, byte[] bytes) throws IOException {
    return returned(JsonFields.parse(file, bytes, WHAT, VERSION));
  }

  private static ReturnRecord returned(JsonFields fields) throws IOException {
    return new ReturnRecord(
        fields.text("promotion"),
        fields.time("at"),
        fields.number("new"),
        fields.number("edited"),
        fields.number("deleted"),
        fields.number("conflicts"),
        fields.text("settled_by"));
  }
}
