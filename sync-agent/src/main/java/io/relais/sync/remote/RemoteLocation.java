package io.relais.sync.remote;

import io.relais.common.EscapedName;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;

/**
 * Where a mirror is kept, for messages.
 *
 * @param user the account's name
 * @param host the host's name
 * @param root absolute, as the account sees it, one character a byte
 */
public record RemoteLocation(String user, String host, String root) {
  /** The account. */
  public String account() {
    return user + "@" + host;
  }

  /** The name of the root's directory; empty for {@code /}. */
  public String directoryName() {
    return root.substring(root.lastIndexOf('/') + 1);
  }

  /** An entry as people name it: the root by where it is, all else by its path in the mirror. */
  public String shown(RelPath path) {
    return path.isRoot() ? host + ":" + EscapedName.of(root) : path.toString();
  }

  /** Why nothing can be made for want of a directory, and what to type. */
  public String missingParent() {
    return "%s is not there and can't be made by %s, since %s is not there; on %s, as an administrator, run: mkdir -p %s && chown %s %s (paths as the account sees them: add what it is confined to)"
        .formatted(
            EscapedName.of(root),
            account(),
            EscapedName.of(parent(root)),
            host,
            ShellWord.quote(root),
            user,
            ShellWord.quote(root));
  }

  /** That something else than a directory is where the mirror should be, or right above it. */
  public String obstructed(EntryKind kind, String path) {
    return "%s at %s:%s, where a directory should be; move it out of the way there, or name another target"
        .formatted(
            switch (kind) {
              case FILE -> "a file stands";
              case SYMLINK -> "a symlink that leads to no directory stands";
              case DIRECTORY, OTHER -> "something that is not a directory stands";
            },
            host,
            EscapedName.of(path));
  }

  /** Who may not write what, and what to type. */
  public String denied(RelPath path) {
    String made = path.isRoot() ? root : absolute(path);
    String directory = parent(made);
    String remedy =
        path.isRoot()
            ? "mkdir -p %s && chown %s %s"
                .formatted(ShellWord.quote(root), user, ShellWord.quote(root))
            : "chown %s %s".formatted(user, ShellWord.quote(directory));
    return "permission denied at the target: %s may not change this in %s; on %s, as an administrator, run: %s (paths as the account sees them: add what it is confined to)"
        .formatted(account(), EscapedName.of(directory), host, remedy);
  }

  /** Who may not set the mode and the time of what, and what to type: only its owner may. */
  public String deniedAttributes(RelPath path) {
    String at = path.isRoot() ? root : absolute(path);
    return "permission denied at the target: %s may not set the mode and time of %s, since it is another account's; on %s, as an administrator, run: chown %s %s (paths as the account sees them: add what it is confined to)"
        .formatted(account(), EscapedName.of(at), host, user, ShellWord.quote(at));
  }

  /** Who may not look at what, and what to do. */
  public String unreadable(RelPath path) {
    String at = path.isRoot() ? root : absolute(path);
    String remedy =
        path.isRoot()
            ? "let it into every directory on the way there, or name a target that it can reach"
            : "run: chown %1$s %2$s && chmod u+rwX %2$s (paths as the account sees them: add what it is confined to)"
                .formatted(user, ShellWord.quote(at));
    return "permission denied at the target: %s may not look at %s; on %s, as an administrator, %s"
        .formatted(account(), EscapedName.of(at), host, remedy);
  }

  private String absolute(RelPath path) {
    return root.equals("/") ? "/" + path.latin1() : root + "/" + path.latin1();
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash <= 0 ? "/" : path.substring(0, slash);
  }
}
