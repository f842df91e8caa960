package io.relais.sync.watch;

import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What to tell a person of directories that should have been watched and were not. */
final class LostWatchReport {
  private static final int MOST_SHOWN = 3;

  private LostWatchReport() {}

  /** One line; null if there are none. */
  static @Nullable String problem(Path root, List<RelPath> directories) {
    int count = directories.size();
    if (count == 0) {
      return null;
    }
    String shown =
        directories.stream()
            .limit(MOST_SHOWN)
            .map(RelPath::toString)
            .collect(Collectors.joining(", "));
    String more = count > MOST_SHOWN ? " and " + (count - MOST_SHOWN) + " more" : "";
    return "%s below %s %s not watched (%s%s), so changes there were first seen by this full scan; %s watched again now and compared with the backup; this is a defect of the program, please report it"
        .formatted(
            count == 1 ? "1 directory" : count + " directories",
            ShellWord.shown(root),
            count == 1 ? "was" : "were",
            shown,
            more,
            count == 1 ? "it is" : "they are");
  }
}
