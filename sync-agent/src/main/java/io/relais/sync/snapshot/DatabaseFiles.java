package io.relais.sync.snapshot;

import io.relais.sync.path.RelPath;
import io.relais.sync.source.ExcludeRules;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which files of a source are SQLite databases, by the patterns of the configuration, and which
 * belong to one. Immutable.
 *
 * @param patterns in gitignore syntax; each must name the file itself
 */
public record DatabaseFiles(ExcludeRules patterns) {
  static final String WAL = "-wal";
  static final String SHARED_MEMORY = "-shm";
  static final String JOURNAL = "-journal";

  private static final List<String> SUFFIXES = List.of(WAL, SHARED_MEMORY, JOURNAL);

  boolean isDatabase(RelPath path) {
    return !path.isRoot() && databaseOf(path) == null && patterns.names(path);
  }

  /** The database whose log, journal or shared memory it is; null if it is none's. */
  @Nullable RelPath databaseOf(RelPath path) {
    for (String suffix : SUFFIXES) {
      String whole = path.latin1();
      if (whole.endsWith(suffix) && path.name().length() > suffix.length()) {
        RelPath database = RelPath.ofLatin1(whole.substring(0, whole.length() - suffix.length()));
        return patterns.names(database) ? database : null;
      }
    }
    return null;
  }

  /** Where a hint at a path belongs: what happens to a database's log has changed the database. */
  public RelPath hinted(RelPath path) {
    RelPath database = path.isRoot() ? null : databaseOf(path);
    return database == null ? path : database;
  }

  static RelPath beside(RelPath database, String suffix) {
    return RelPath.ofLatin1(database.latin1() + suffix);
  }
}
