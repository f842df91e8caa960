package io.relais.sync.path;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.relais.common.EscapedName;
import java.util.ArrayList;
import java.util.List;

/**
 * The path of an entry relative to the root of its mirror. Linux names are bytes, not text, so the
 * path is a string in which each character stands for one byte (ISO 8859-1): the JDK stores it as
 * bytes, and no name is lost whatever the locale. {@link #toString} gives the form for people.
 *
 * <p>The order puts a directory before what it holds, and keeps what it holds together.
 */
public final class RelPath implements Comparable<RelPath> {
  /** The root of the mirror itself. */
  public static final RelPath ROOT = new RelPath("");

  private final String latin1;

  private RelPath(String latin1) {
    this.latin1 = latin1;
  }

  /**
   * Makes a path from its bytes, one character each.
   *
   * @throws IllegalArgumentException if it is absolute, ends with a slash, or has an empty, {@code
   *     .} or {@code ..} component, a NUL, or a character over U+00FF (the caller's fault)
   */
  public static RelPath ofLatin1(String latin1) {
    if (latin1.isEmpty()) {
      return ROOT;
    }
    for (String name : latin1.split("/", -1)) {
      checkName(name);
    }
    return new RelPath(latin1);
  }

  /** Makes a path from its raw bytes, as the kernel has them. */
  public static RelPath of(byte[] bytes) {
    return ofLatin1(new String(bytes, ISO_8859_1));
  }

  private static void checkName(String name) {
    checkArgument(!name.isEmpty(), "empty component in a path");
    checkArgument(!name.equals(".") && !name.equals(".."), "component '%s' in a path", name);
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      checkArgument(c != 0 && c <= 0xFF, "character %s in a path", (int) c);
    }
  }

  /** The whole path, one character a byte, {@code /} between components; empty for the root. */
  public String latin1() {
    return latin1;
  }

  /** The whole path as the kernel has it. */
  public byte[] bytes() {
    return latin1.getBytes(ISO_8859_1);
  }

  public boolean isRoot() {
    return latin1.isEmpty();
  }

  /** The last component, one character a byte; empty for the root. */
  public String name() {
    return latin1.substring(latin1.lastIndexOf('/') + 1);
  }

  /**
   * The directory that holds this entry.
   *
   * @throws IllegalStateException for the root
   */
  public RelPath parent() {
    if (isRoot()) {
      throw new IllegalStateException("the root has no parent here");
    }
    int slash = latin1.lastIndexOf('/');
    return slash < 0 ? ROOT : new RelPath(latin1.substring(0, slash));
  }

  /** The entry of that name (one character a byte) in this directory. */
  public RelPath child(String name) {
    checkName(name);
    checkArgument(name.indexOf('/') < 0, "slash in a name");
    return new RelPath(isRoot() ? name : latin1 + '/' + name);
  }

  /** Whether this is {@code ancestor} or lies below it. */
  public boolean startsWith(RelPath ancestor) {
    return ancestor.isRoot()
        || latin1.equals(ancestor.latin1)
        || (latin1.length() > ancestor.latin1.length()
            && latin1.charAt(ancestor.latin1.length()) == '/'
            && latin1.startsWith(ancestor.latin1));
  }

  /**
   * The path that this one becomes when {@code from}, which it is or lies below, becomes {@code
   * to}.
   */
  public RelPath rebased(RelPath from, RelPath to) {
    checkArgument(
        startsWith(from) && !from.isRoot() && !to.isRoot(), "%s is not in %s", this, from);
    return new RelPath(to.latin1 + latin1.substring(from.latin1.length()));
  }

  /** The directories from the root down to the parent, the root first; none for the root. */
  public List<RelPath> ancestors() {
    List<RelPath> found = new ArrayList<>();
    for (RelPath at = this; !at.isRoot(); ) {
      at = at.parent();
      found.addFirst(at);
    }
    return found;
  }

  @Override
  public int compareTo(RelPath other) {
    int common = Math.min(latin1.length(), other.latin1.length());
    for (int i = 0; i < common; i++) {
      int order = weight(latin1.charAt(i)) - weight(other.latin1.charAt(i));
      if (order != 0) {
        return order;
      }
    }
    return latin1.length() - other.latin1.length();
  }

  /** A slash sorts before every byte that a name can hold, so that a subtree stays together. */
  private static int weight(char c) {
    return c == '/' ? 0 : c;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RelPath path && latin1.equals(path.latin1);
  }

  @Override
  public int hashCode() {
    return latin1.hashCode();
  }

  /** For logs and people: UTF-8 as text, everything else escaped; {@code .} for the root. */
  @Override
  public String toString() {
    return isRoot() ? "." : EscapedName.of(latin1);
  }
}
