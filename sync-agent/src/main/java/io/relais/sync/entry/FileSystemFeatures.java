package io.relais.sync.entry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import io.relais.common.EscapedName;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the file system at the target keeps of what it is given: all of it where it is one of
 * Linux's own, and less on exFAT, vfat or a network share. What it can't keep is neither sent nor
 * compared.
 *
 * @param modes whether it keeps modes
 * @param modeZero whether it, or the server, sets a mode of 0; where it does not, {@link
 *     #INSTEAD_OF_ZERO} is set
 * @param symlinks whether it has symlinks
 * @param timeStep the seconds to which it rounds times; 0 where it keeps none
 * @param foldsCase whether names that differ in upper and lower case are one
 * @param forbidden the characters that no name may have; control characters are named by 1
 * @param dropped the characters that it drops at the end of a name
 * @param utf8Only whether each name has to be UTF-8
 */
public record FileSystemFeatures(
    boolean modes,
    boolean modeZero,
    boolean symlinks,
    int timeStep,
    boolean foldsCase,
    String forbidden,
    String dropped,
    boolean utf8Only) {
  /** As on Linux's own. */
  public static final FileSystemFeatures ALL =
      new FileSystemFeatures(true, true, true, 1, false, "", "", false);

  /**
   * The nearest to no rights at all: ProFTPD takes a mode of 0 for none given, and says it is set.
   */
  public static final int INSTEAD_OF_ZERO = 0400;

  private static final String ELSEWHERE =
      "exclude it, or keep the mirror on a file system that has them, such as ext4 or XFS";

  /** Why a symlink can't be made. */
  public static final String NO_SYMLINKS =
      "the file system at the target has no symlinks; " + ELSEWHERE;

  private static final int CONTROL = 1;
  private static final int FIRST_PRINTABLE = 0x20;

  /** Whether every name that Linux allows can be there, beside every other. */
  public boolean keepsAllNames() {
    return !foldsCase && forbidden.isEmpty() && dropped.isEmpty() && !utf8Only;
  }

  /** Whether two times, in seconds, are one as far as it can tell. */
  public boolean isSameTime(long one, long other) {
    return timeStep == 0 || Math.abs(one - other) < timeStep;
  }

  /** Whether a time says anything. */
  public boolean keepsTimes() {
    return timeStep > 0;
  }

  /** Whether two entries are one as far as it can tell. */
  public boolean isSame(TargetEntry one, @Nullable TargetEntry other) {
    return other != null
        && one.kind() == other.kind()
        && one.size() == other.size()
        && Objects.equals(one.linkTarget(), other.linkTarget())
        && isSameTime(one.mtimeSeconds(), other.mtimeSeconds())
        && isSameMode(one, other);
  }

  public boolean isSameMode(TargetEntry one, TargetEntry other) {
    return !modes || kept(one.mode()) == kept(other.mode());
  }

  /** What becomes of a mode there. */
  public int kept(int mode) {
    return mode == 0 && !modeZero ? INSTEAD_OF_ZERO : mode;
  }

  /** What a name, one character a byte, has in common with those that are one with it there. */
  public String fold(String name) {
    if (!foldsCase) {
      return name;
    }
    String text = decoded(name);
    return text == null
        ? name
        : text.codePoints()
            .map(Character::toUpperCase)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
  }

  /** Whether two names are one there. */
  public boolean isOne(String name, String other) {
    return fold(name).equals(fold(other));
  }

  /** Why no entry can have a name there, in one line without the path; null if one can. */
  public @Nullable String objection(String name) {
    List<String> shown = new ArrayList<>();
    for (int i = 0; i < forbidden.length(); i++) {
      char c = forbidden.charAt(i);
      if (c == CONTROL && name.chars().anyMatch(each -> each < FIRST_PRINTABLE)) {
        shown.add("control characters");
      } else if (c != CONTROL && name.indexOf(c) >= 0) {
        shown.add(Character.toString(c));
      }
    }
    if (!shown.isEmpty()) {
      return "the file system at the target allows no %s in a name; rename it, or exclude it"
          .formatted(String.join(" or ", shown));
    }
    if (utf8Only && decoded(name) == null) {
      return "the file system at the target allows only names in UTF-8; rename it, or exclude it";
    }
    if (!name.isEmpty() && dropped.indexOf(name.charAt(name.length() - 1)) >= 0) {
      return "the file system at the target drops a %s at the end of a name; rename it, or exclude it"
          .formatted(name.endsWith(".") ? "dot" : "space");
    }
    return null;
  }

  /** Why an entry can't be there beside another. */
  public static String collision(String there) {
    return "the file system at the target does not tell upper from lower case, and %s is there; rename one of the two, or exclude it"
        .formatted(EscapedName.of(there));
  }

  private static @Nullable String decoded(String latin1) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(latin1.getBytes(ISO_8859_1))).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  /** What it can't do, for people; empty if it can do everything. */
  public String lacks() {
    List<String> all = new ArrayList<>();
    if (!modes) {
      all.add("keeps no modes");
    }
    if (!symlinks) {
      all.add("has no symlinks");
    }
    if (timeStep != 1) {
      all.add(timeStep == 0 ? "keeps no times" : "rounds times to %d seconds".formatted(timeStep));
    }
    if (foldsCase) {
      all.add("does not tell upper from lower case");
    }
    String printable =
        forbidden
            .chars()
            .filter(c -> c != CONTROL)
            .mapToObj(Character::toString)
            .collect(Collectors.joining(" "));
    if (!printable.isEmpty()) {
      all.add("allows no " + printable + " in names");
    }
    if (utf8Only) {
      all.add("allows only names in UTF-8");
    }
    if (!dropped.isEmpty()) {
      all.add("drops dots or spaces at the end of names");
    }
    return String.join(", ", all);
  }

  /** In a form that {@link #parse} reads. */
  public String format() {
    return "%b\t%b\t%b\t%d\t%b\t%s\t%s\t%b"
        .formatted(modes, modeZero, symlinks, timeStep, foldsCase, forbidden, dropped, utf8Only);
  }

  /** What {@link #format} wrote; null if it is anything else. */
  public static @Nullable FileSystemFeatures parse(String text) {
    List<String> parts = Splitter.on('\t').splitToList(text);
    if (parts.size() != 8 || !parts.get(3).matches("[0-9]{1,5}")) {
      return null;
    }
    return new FileSystemFeatures(
        Boolean.parseBoolean(parts.get(0)),
        Boolean.parseBoolean(parts.get(1)),
        Boolean.parseBoolean(parts.get(2)),
        Integer.parseInt(parts.get(3)),
        Boolean.parseBoolean(parts.get(4)),
        parts.get(5),
        parts.get(6),
        Boolean.parseBoolean(parts.get(7)));
  }
}
