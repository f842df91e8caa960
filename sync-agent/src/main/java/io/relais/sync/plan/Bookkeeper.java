package io.relais.sync.plan;

import com.google.common.hash.HashCode;
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
public final class Bookkeeper {
  private Bookkeeper() {}

  /**
   * To be called, and made durable, before the first step of a plan: what is wrong is forgotten,
   * and directories in which something is about to change are no longer taken for settled.
   */
  public static void begin(Plan plan, Memory memory) {
    begin(plan.forgotten(), plan.disturbed(), memory);
    plan.unrecorded().forEach(memory::remove);
  }

  /** The same before steps that are taken before there is a plan. */
  public static void begin(
      Collection<RelPath> forgotten, Collection<RelPath> disturbed, Memory memory) {
    forgotten.forEach(memory::removeTree);
    for (RelPath directory : disturbed) {
      Confirmed confirmed = memory.get(directory);
      if (confirmed != null && confirmed.target().kind() == Kind.DIRECTORY) {
        memory.put(directory, confirmed.unsettled());
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
      Step step, @Nullable SourceEntry asRead, @Nullable HashCode hash, Memory memory) {
    boolean remembered =
        switch (step) {
          case Adopt(var path, var source, var target) -> putSameKind(memory, path, source, target);
          case SetAttributes(var path, var source, var _) ->
              putSameKind(memory, path, source, source.asTarget());
          case Unlock(var path, int mode) -> unlocked(memory, path, mode);
          case MakeDirectory(var path, var source) -> made(memory, path, source);
          case Upload(var path, var source, var _, var _, var _) ->
              put(memory, path, asRead == null ? source : asRead, hash);
          case MakeSymlink(var path, var source) -> put(memory, path, source, null);
          case MoveAside(var path, var _) -> gone(memory, path);
          case Delete(var path, var _) -> gone(memory, path);
        };
    if (!remembered) {
      memory.removeTree(step.path());
    }
    return remembered;
  }

  private static boolean gone(Memory memory, RelPath path) {
    memory.removeTree(path);
    return true;
  }

  private static boolean made(Memory memory, RelPath path, SourceEntry source) {
    Confirmed before = memory.get(path);
    if (before != null && before.target().kind() != Kind.DIRECTORY) {
      return false;
    }
    memory.removeTree(path); // It is new, so nothing is in it.
    return memory.put(path, Confirmed.made(source));
  }

  private static boolean unlocked(Memory memory, RelPath path, int mode) {
    Confirmed before = memory.get(path);
    if (before == null) {
      return true;
    }
    return before.target().kind() == Kind.DIRECTORY && memory.put(path, before.withMode(mode));
  }

  /** A step that changes nothing but attributes, or nothing at all, was planned for one kind. */
  private static boolean putSameKind(
      Memory memory, RelPath path, SourceEntry source, TargetEntry target) {
    Confirmed before = memory.get(path);
    return (before == null || before.source().kind() == source.kind())
        && memory.put(path, new Confirmed(source, target, sameContent(before, source)));
  }

  private static boolean put(
      Memory memory, RelPath path, SourceEntry source, @Nullable HashCode hash) {
    return memory.put(path, new Confirmed(source, source.asTarget(), hash));
  }

  /** The hash that is known already, where a step is planned only for equal content. */
  private static @Nullable HashCode sameContent(@Nullable Confirmed before, SourceEntry source) {
    return before != null && source.kind() == Kind.FILE && before.source().size() == source.size()
        ? before.hash()
        : null;
  }
}
