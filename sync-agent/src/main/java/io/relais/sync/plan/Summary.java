package io.relais.sync.plan;

import io.relais.sync.entry.Counts;
import io.relais.sync.entry.EntryKind;
import java.util.ArrayList;
import java.util.List;

/**
 * How much a plan does, or how much was done.
 *
 * @param files files to be sent, at most: some may turn out to have their content already; or that
 *     were sent
 * @param bytes their size
 * @param sent of these, the bytes that had to be sent; of a large file the target may have the rest
 *     already, which is known only afterwards
 * @param directories directories to be made
 * @param symlinks symlinks to be made
 * @param attributes entries that differ only in mode or time
 * @param deletes entries the source does not have, with those that a directory in the way holds,
 *     and that directory itself
 */
public record Summary(
    long files,
    long bytes,
    long sent,
    long directories,
    long symlinks,
    long attributes,
    long deletes) {
  /** Nothing at all. */
  public static final Summary NOTHING = new Summary(0, 0, 0, 0, 0, 0, 0);

  /** Whether there is nothing to do, or nothing was done. */
  public boolean isEmpty() {
    return files + directories + symlinks + attributes + deletes == 0;
  }

  /**
   * What there is of each, for people: {@code 2 files (1,700 bytes), 1 symlink}, or {@code 1 file
   * (40,000,000 bytes, 5,000 of them sent)}.
   */
  public String describe() {
    List<String> parts = new ArrayList<>();
    if (files > 0) {
      String part = sent == bytes ? "" : ", %,d of them sent".formatted(sent);
      parts.add(Counts.of(files, "file") + " (" + Counts.of(bytes, "byte") + part + ")");
    }
    add(parts, directories, "directory");
    add(parts, symlinks, "symlink");
    add(parts, attributes, "attribute");
    add(parts, deletes, "delete");
    return parts.isEmpty() ? "nothing" : String.join(", ", parts);
  }

  private static void add(List<String> parts, long number, String one) {
    if (number > 0) {
      parts.add(Counts.of(number, one));
    }
  }

  /** Counts. */
  public static final class Builder {
    private long files;
    private long bytes;
    private long sent;
    private long directories;
    private long symlinks;
    private long attributes;
    private long deletes;

    public void add(Step step) {
      switch (step) {
        case Step.Upload upload -> addFile(upload.source().size(), upload.source().size());
        case Step.MakeDirectory _ -> directories++;
        case Step.MakeSymlink _ -> symlinks++;
        case Step.SetAttributes _ -> attributes++;
        case Step.Delete _ -> deletes++;
        case Step.MoveAside(var _, EntryKind entryKind) ->
            deletes += entryKind == EntryKind.DIRECTORY ? 1 : 0;
        case Step.Adopt _, Step.Unlock _ -> {}
      }
    }

    /**
     * A file that was sent.
     *
     * @param size in bytes
     * @param sentBytes how many of them had to be
     */
    public void addFile(long size, long sentBytes) {
      files++;
      bytes += size;
      sent += sentBytes;
    }

    /** An entry whose mode or time was set. */
    public void addAttributes() {
      attributes++;
    }

    public void add(Summary more) {
      files += more.files();
      bytes += more.bytes();
      sent += more.sent();
      directories += more.directories();
      symlinks += more.symlinks();
      attributes += more.attributes();
      deletes += more.deletes();
    }

    public Summary build() {
      return new Summary(files, bytes, sent, directories, symlinks, attributes, deletes);
    }
  }
}
