package io.relais.sync.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import io.relais.common.heartbeat.Heartbeat;
import io.relais.common.promotion.PromotionFile;
import io.relais.common.promotion.ReturnRecordFile;
import io.relais.common.promotion.SessionGate;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.plan.SyncRules;
import io.relais.sync.source.ExcludePattern.AnchoredPattern;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Optional;
import org.eclipse.jgit.ignore.FastIgnoreRule;

/**
 * What is not mirrored: patterns in gitignore syntax (git's {@code gitignore(5)}), matched against
 * the path below the mirror's root. The last pattern that matches decides; {@code !} re-includes,
 * but nothing below an excluded directory.
 *
 * <p>A name that is UTF-8 is matched as text, so {@code ?} is one character (git takes one byte);
 * any other name is matched one character a byte. The agent's own temporaries ({@link
 * TemporaryNames}) and heartbeats ({@link Heartbeat}) are excluded whatever the patterns say.
 *
 * <p>Immutable, safe for many threads; never blocks.
 */
public final class ExcludeRules implements SyncRules.Exclusion {
  /** Excludes nothing but the agent's own temporaries and heartbeats. */
  public static final ExcludeRules NONE = new ExcludeRules(ImmutableList.of(), ImmutableList.of());

  private final ImmutableList<FastIgnoreRule> lastFirst;
  private final ImmutableList<AnchoredPattern> anchored;

  private ExcludeRules(
      ImmutableList<FastIgnoreRule> lastFirst, ImmutableList<AnchoredPattern> anchored) {
    this.lastFirst = lastFirst;
    this.anchored = anchored;
  }

  /**
   * Makes the rules.
   *
   * @param patterns in order
   * @throws IllegalArgumentException if {@link #problem} has something to say of one (the caller's
   *     fault: ask first)
   */
  public static ExcludeRules of(List<String> patterns) {
    for (String pattern : patterns) {
      problem(pattern)
          .ifPresent(
              problem -> {
                throw new IllegalArgumentException("pattern " + problem);
              });
    }
    return new ExcludeRules(
        ImmutableList.copyOf(patterns).reverse().stream()
            .map(pattern -> new FastIgnoreRule(ExcludePattern.forLibrary(oneLine(pattern))))
            .collect(ImmutableList.toImmutableList()),
        patterns.stream()
            .flatMap(pattern -> AnchoredPattern.of(pattern).stream())
            .collect(ImmutableList.toImmutableList()));
  }

  /**
   * What is wrong with a pattern, and after a semicolon what to write instead; empty if it can be
   * used. Nothing is ever ignored in silence: what would never match is a mistake, and so is the
   * little of the syntax that the library and git read differently.
   */
  public static Optional<String> problem(String pattern) {
    return ExcludePattern.problem(pattern);
  }

  /**
   * Whether the entry is left out, by itself or because a directory above it is. The root never is.
   *
   * @param directory whether the entry itself is a directory; a symlink to one is none
   */
  @Override
  public boolean excludes(RelPath path, boolean directory) {
    if (path.isRoot()) {
      return false;
    }
    for (RelPath ancestor : path.ancestors()) {
      if (!ancestor.isRoot() && excludesItself(ancestor, true)) {
        return true;
      }
    }
    return excludesItself(path, directory);
  }

  /** Whether the patterns name a file itself; what is excluded by itself does not count. */
  public boolean names(RelPath file) {
    return matches(file, false);
  }

  /** A pattern without a slash in it looks at names alone; one with a slash looks at the place. */
  @Override
  public boolean isSameBelow(RelPath one, RelPath other) {
    return anchored.stream()
        .noneMatch(each -> each.mayMatchBelow(text(one)) || each.mayMatchBelow(text(other)));
  }

  private boolean excludesItself(RelPath path, boolean directory) {
    return isOurs(path.name()) || matches(path, directory);
  }

  /** What a mirror keeps in, or beside, its copy, which may lie in that of another. */
  private static boolean isOurs(String name) {
    return TemporaryNames.isTemporary(name)
        || Heartbeat.isFileName(name)
        || PromotionFile.isFileName(name)
        || SessionGate.isDirectoryName(name)
        || ReturnRecordFile.isFileName(name)
        || isQuarantine(name);
  }

  /** Of another mirror, whose copy lies in this one. */
  private static boolean isQuarantine(String name) {
    return name.startsWith(TemporaryNames.PREFIX) && name.endsWith(TemporaryNames.QUARANTINE);
  }

  private boolean matches(RelPath path, boolean directory) {
    if (lastFirst.isEmpty()) {
      return false;
    }
    String text = oneLine(text(path));
    for (FastIgnoreRule rule : lastFirst) {
      if (rule.isMatch(text, directory, true)) {
        return rule.getResult();
      }
    }
    return false;
  }

  private static String text(RelPath path) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(path.bytes())).toString();
    } catch (CharacterCodingException e) {
      return path.latin1();
    }
  }

  /**
   * The library's wildcards stop at line ends, git's do not: in pattern and path alike, line ends
   * become characters of the private use area.
   */
  private static String oneLine(String text) {
    return text.replace('\n', '\uE00A')
        .replace('\r', '\uE00D')
        .replace('\u0085', '\uE085')
        .replace('\u2028', '\uE028')
        .replace('\u2029', '\uE029');
  }
}
