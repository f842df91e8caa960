package io.relais.sync.source;

import io.relais.common.Printable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A file where a source is to be: only directories are mirrored. */
public final class SingleFile {
  private SingleFile() {}

  /** What to write instead, as a sentence of its own; empty if the path leads to no file. */
  public static Optional<String> advice(Path source) {
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
