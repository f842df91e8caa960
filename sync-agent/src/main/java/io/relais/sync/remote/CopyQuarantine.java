package io.relais.sync.remote;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.remote.SyncTarget.ContentSink;
import java.io.IOException;
import java.util.Map;

/**
 * A directory beside a copy, on its file system, for what is taken out of the copy without being
 * lost: {@code .relais-NAME.quarantine/DATE/PATH}. Paths are relative to it. For one thread at a
 * time; errors as in {@link SyncTarget}.
 */
public interface CopyQuarantine {
  /** The name of the directory for a copy whose directory has a name. */
  static String directoryName(String directory) {
    return TemporaryNames.PREFIX + directory + TemporaryNames.QUARANTINE;
  }

  /**
   * Renames an entry of the copy, with all it holds, into the quarantine; what is there already
   * stays, and the entry gets a number at its end.
   *
   * @param path in the copy
   * @param date the uppermost directory that it goes into
   * @throws TargetException if it may not be renamed; {@code UNSUPPORTED} if there can be no
   *     quarantine at all
   */
  void put(RelPath path, String date) throws IOException;

  /** What a directory of the quarantine holds, by name; empty if it is not there. */
  Map<String, TargetEntry> list(RelPath directory) throws IOException;

  /** Reads a file, as {@link SyncTarget#read}. */
  boolean read(RelPath file, long most, ContentSink sink) throws IOException;

  /** Removes an entry for good; a directory must be empty. It is no error if there is none. */
  void remove(RelPath path, EntryKind kind) throws IOException;
}
