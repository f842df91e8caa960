package io.relais.sync.status;

import io.relais.sync.path.NativeNames;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;

/** Says of what can't be read at the source how to let the agent read it: once for all of it. */
public final class UnreadableAdvice {
  /** So many paths are named, and are words of the command. */
  private static final int MOST = 3;

  private UnreadableAdvice() {}

  /**
   * One line for all paths, with what to type; empty if there are none.
   *
   * @param source the mirror's root
   * @param user whom the agent runs as
   */
  public static Optional<String> line(Path source, Collection<RelPath> paths, String user) {
    if (paths.isEmpty()) {
      return Optional.empty();
    }
    String named =
        paths.stream()
            .limit(MOST)
            .map(path -> ShellWord.shown(path.isRoot() ? source : at(source, path)))
            .collect(Collectors.joining(", "));
    boolean all = paths.size() <= MOST;
    String words =
        all
            ? paths.stream()
                .map(path -> ShellWord.quote(at(source, path)))
                .collect(Collectors.joining(" "))
            : ShellWord.quote(source);
    return Optional.of(
        "the agent runs as %s, which may not read %s%s; run it as its service does, which may read everything (CAP_DAC_READ_SEARCH), or as an administrator, run: setfacl -R -m u:%s:rX %s"
            .formatted(
                user,
                named,
                all ? "" : " and %,d paths more".formatted(paths.size() - MOST),
                user,
                words));
  }

  private static Path at(Path source, RelPath path) {
    return NativeNames.path(NativeNames.latin1(source), path);
  }
}
