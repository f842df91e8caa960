package io.relais.sync.plan;

import com.google.common.hash.HashCode;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.IndexWriter;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step.Adopt;
import io.relais.sync.plan.Step.Delete;
import io.relais.sync.plan.Step.MakeDirectory;
import io.relais.sync.plan.Step.MakeSymlink;
import io.relais.sync.plan.Step.MoveAside;
import io.relais.sync.plan.Step.SetAttributes;
import io.relais.sync.plan.Step.Unlock;
import io.relais.sync.plan.Step.Upload;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * What the index is to remember of each step, once the target has confirmed it: so that a plan made
 * from it after any stop does what is left, and nothing twice.
 */
public final class IndexUpdates {
  private IndexUpdates() {}

  /**
   * To be called, and made durable, before the first step of a plan: what is wrong is forgotten,
   * and directories in which something is about to change are no longer taken for settled.
   */
  public static void begin(Plan plan, IndexWriter indexWriter) {
    begin(plan.forgotten(), plan.disturbed(), indexWriter);
    plan.unrecorded().forEach(indexWriter::remove);
  }

  /** The same before steps that are taken before there is a plan. */
  public static void begin(
      Collection<RelPath> forgotten, Collection<RelPath> disturbed, IndexWriter indexWriter) {
    forgotten.forEach(indexWriter::removeTree);
    for (RelPath directory : disturbed) {
      IndexEntry indexEntry = indexWriter.get(directory);
      if (indexEntry != null && indexEntry.target().kind() == EntryKind.DIRECTORY) {
        indexWriter.put(directory, indexEntry.unsettled());
      }
    }
  }

  /**
   * A step was confirmed by the target.
   *
   * @param asRead for an upload, the file as it was when it was read; null to take what the plan
   *     saw
   * @param hash for an upload, SHA-256 of what was read
   * @return false if the memory has something of another kind there, which the step can't have
   *     found: then all that is remembered at and below the path is dropped, and only a listing can
   *     tell what is there
   */
  public static boolean done(
      Step step, @Nullable SourceEntry asRead, @Nullable HashCode hash, IndexWriter indexWriter) {
    boolean remembered =
        switch (step) {
          case Adopt(var path, var source, var target) ->
              putSameKind(indexWriter, path, source, target);
          case SetAttributes(var path, var source, var _) ->
              putSameKind(indexWriter, path, source, source.asTarget());
          case Unlock(var path, int mode) -> unlocked(indexWriter, path, mode);
          case MakeDirectory(var path, var source) -> made(indexWriter, path, source);
          case Upload(var path, var source, var _, var _, var _) ->
              put(indexWriter, path, asRead == null ? source : asRead, hash);
          case MakeSymlink(var path, var source) -> put(indexWriter, path, source, null);
          case MoveAside(var path, var _) -> gone(indexWriter, path);
          case Delete(var path, var _) -> gone(indexWriter, path);
        };
    if (!remembered) {
      indexWriter.removeTree(step.path());
    }
    return remembered;
  }

  private static boolean gone(IndexWriter indexWriter, RelPath path) {
    indexWriter.removeTree(path);
    return true;
  }

  private static boolean made(IndexWriter indexWriter, RelPath path, SourceEntry source) {
    IndexEntry before = indexWriter.get(path);
    if (before != null && before.target().kind() != EntryKind.DIRECTORY) {
      return false;
    }
    indexWriter.removeTree(path); // It is new, so nothing is in it.
    return indexWriter.put(path, IndexEntry.made(source));
  }

  private static boolean unlocked(IndexWriter indexWriter, RelPath path, int mode) {
    IndexEntry before = indexWriter.get(path);
    if (before == null) {
      return true;
    }
    return before.target().kind() == EntryKind.DIRECTORY
        && indexWriter.put(path, before.withMode(mode));
  }

  /** A step that changes nothing but attributes, or nothing at all, was planned for one kind. */
  private static boolean putSameKind(
      IndexWriter indexWriter, RelPath path, SourceEntry source, TargetEntry target) {
    IndexEntry before = indexWriter.get(path);
    return (before == null || before.source().kind() == source.kind())
        && indexWriter.put(path, new IndexEntry(source, target, sameContent(before, source)));
  }

  private static boolean put(
      IndexWriter indexWriter, RelPath path, SourceEntry source, @Nullable HashCode hash) {
    return indexWriter.put(path, new IndexEntry(source, source.asTarget(), hash));
  }

  /** The hash that is known already, where a step is planned only for equal content. */
  private static @Nullable HashCode sameContent(@Nullable IndexEntry before, SourceEntry source) {
    return before != null
            && source.kind() == EntryKind.FILE
            && before.source().size() == source.size()
        ? before.hash()
        : null;
  }
}
