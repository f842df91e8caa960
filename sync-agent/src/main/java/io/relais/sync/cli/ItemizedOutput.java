package io.relais.sync.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.common.EscapedName;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * One difference on one line, in the manner of {@code rsync --itemize-changes}: {@code <} is sent,
 * {@code c} is made, {@code .} only gets other attributes, {@code *deleting} is removed; then what
 * it is ({@code f d L}), and {@code s t} where size or time differ, {@code +} where all is new.
 */
final class ItemizedOutput {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ItemizedOutput() {}

  /** The line for the operator. */
  static String line(Step step) {
    return switch (step) {
      case Step.Upload upload ->
          "<f" + changes(upload.source(), upload.replaces()) + " " + upload.path();
      case Step.MakeDirectory made -> "cd+++++++++ " + made.path() + "/";
      case Step.MakeSymlink link ->
          "cL+++++++++ "
              + link.path()
              + " -> "
              + EscapedName.of(String.valueOf(link.source().linkTarget()));
      case Step.SetAttributes set ->
          "." + letter(set.source().kind()) + "..tp..... " + name(set.path(), set.source().kind());
      case Step.Delete delete -> "*deleting   " + name(delete.path(), delete.kind());
      case Step.MoveAside aside -> "*deleting   " + name(aside.path(), aside.kind());
      case Step.Adopt adopt -> ".f          " + adopt.path();
      case Step.Unlock unlock -> ".d...p..... " + unlock.path() + "/";
    };
  }

  private static String changes(SourceEntry source, @Nullable TargetEntry target) {
    if (target == null) {
      return "+++++++++";
    }
    if (target.kind() != EntryKind.FILE) {
      return "cst......";
    }
    TargetEntry wanted = source.asTarget();
    return "."
        + (wanted.size() == target.size() ? "." : "s")
        + (wanted.mtimeSeconds() == target.mtimeSeconds() ? "." : "t")
        + (wanted.mode() == target.mode() ? "." : "p")
        + ".....";
  }

  private static String name(RelPath path, EntryKind entryKind) {
    return path + (entryKind == EntryKind.DIRECTORY ? "/" : "");
  }

  private static char letter(EntryKind entryKind) {
    return switch (entryKind) {
      case FILE -> 'f';
      case DIRECTORY -> 'd';
      case SYMLINK -> 'L';
      case OTHER -> 'S';
    };
  }

  /** The same as a JSON object; {@code path_base64} has the bytes of the name. */
  static String json(String mirror, Step step) {
    ObjectNode node = JSON.createObjectNode();
    node.put("mirror", mirror);
    node.put("action", action(step));
    node.put("path", step.path().toString());
    node.put("path_base64", Base64.getEncoder().encodeToString(step.path().bytes()));
    if (step instanceof Step.Upload upload) {
      node.put("bytes", upload.source().size());
    }
    return node.toString();
  }

  private static String action(Step step) {
    return switch (step) {
      case Step.Upload _ -> "send";
      case Step.MakeDirectory _ -> "make-directory";
      case Step.MakeSymlink _ -> "make-symlink";
      case Step.SetAttributes _ -> "set-attributes";
      case Step.Delete _, Step.MoveAside _ -> "delete";
      case Step.Adopt _ -> "adopt";
      case Step.Unlock _ -> "unlock";
    };
  }
}
