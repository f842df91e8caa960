package io.relais.sync.plan;

/**
 * How much a plan does.
 *
 * @param files files to be sent, at most: some may turn out to have their content already
 * @param bytes their size
 * @param directories directories to be made
 * @param symlinks symlinks to be made
 * @param attributes entries of which only mode or time differ
 * @param deletes entries the source does not have, with those that a directory in the way holds,
 *     and that directory itself
 */
public record Summary(
    long files, long bytes, long directories, long symlinks, long attributes, long deletes) {

  /** Counts. */
  static final class Builder {
    private long files;
    private long bytes;
    private long directories;
    private long symlinks;
    private long attributes;
    private long deletes;

    void add(Step step) {
      switch (step) {
        case Step.Upload upload -> {
          files++;
          bytes += upload.source().size();
        }
        case Step.MakeDirectory _ -> directories++;
        case Step.MakeSymlink _ -> symlinks++;
        case Step.SetAttributes _ -> attributes++;
        case Step.Delete _ -> deletes++;
        case Step.MoveAside(var _, Kind kind) -> deletes += kind == Kind.DIRECTORY ? 1 : 0;
        case Step.Adopt _, Step.Unlock _ -> {}
      }
    }

    Summary build() {
      return new Summary(files, bytes, directories, symlinks, attributes, deletes);
    }
  }
}
