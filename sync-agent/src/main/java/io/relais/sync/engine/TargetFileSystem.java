package io.relais.sync.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import io.relais.sync.entry.FileSystemFeatures;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the target's file system keeps, as the index remembers it. A file system that keeps
 * everything is asked again only if it is another one by its size and id; one that does not is
 * asked at each connection, since it may have been replaced by a better one. For the owner's
 * thread.
 */
public final class TargetFileSystem {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);
  private static final String NOTE = "disk";

  private TargetFileSystem() {}

  /**
   * What was noted.
   *
   * @param id of the file system that it was found on; empty if the server can't tell
   */
  private record Noted(String id, FileSystemFeatures features) {
    static @Nullable Noted in(MirrorIndex index) {
      byte[] note = index.note(NOTE);
      if (note == null) {
        return null;
      }
      List<String> parts = Splitter.on('\n').splitToList(new String(note, UTF_8));
      FileSystemFeatures features =
          parts.size() == 2 ? FileSystemFeatures.parse(parts.get(1)) : null;
      return features == null ? null : new Noted(parts.get(0), features);
    }

    void write(MirrorIndex index) {
      index.setNote(NOTE, (id + "\n" + features.format()).getBytes(UTF_8));
    }
  }

  /** Takes what was found out before, and changes nothing at the target. */
  public static void recall(SyncTarget target, MirrorIndex index) {
    Noted noted = Noted.in(index);
    if (noted != null) {
      target.recallDisk(noted.features());
    }
  }

  /**
   * Finds out what is not known.
   *
   * @throws io.relais.sync.remote.TargetUnavailableException if the connection is lost
   */
  static void find(String mirror, SyncTarget target, MirrorIndex index) throws IOException {
    Noted noted = Noted.in(index);
    String id = id(target);
    if (noted != null
        && noted.features().equals(FileSystemFeatures.ALL)
        && !id.isEmpty()
        && id.equals(noted.id())) {
      return;
    }
    boolean certain;
    try {
      certain = target.probeDisk();
    } catch (TargetException e) {
      // If nothing may be made there, the first step that tries reports it.
      LOG.debug("{}: the disk was not looked at: {}", mirror, e.getMessage());
      recall(target, index);
      return;
    }
    FileSystemFeatures found = target.capabilities().disk();
    if (noted != null && found.equals(FileSystemFeatures.ALL) && !found.equals(noted.features())) {
      LOG.info("{}: the file system at the target keeps everything now", mirror);
    }
    if (certain || !found.equals(FileSystemFeatures.ALL)) {
      new Noted(id, found).write(index);
    }
  }

  private static String id(SyncTarget target) throws IOException {
    try {
      SyncTarget.Space space = target.space(RelPath.ROOT);
      return space == null ? "" : space.id() + " " + space.totalBytes();
    } catch (TargetException e) {
      return "";
    }
  }
}
