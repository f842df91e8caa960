package io.relais.sync.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.path.RelPath;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Random patterns against random trees: what git ignores is what we exclude, entry by entry. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class ExcludeRulesAgainstGitTest {
  private static final int ROUNDS = Integer.getInteger("relais.rounds", 400);
  private static final String[] NAMES = {
    "a", "b", "ab", "abc", "ba", "a.b", ".a", "a b", " a", "a ", "*", "(", "{a,b}", "[ab]", "\\a",
    "a*", "a+b", "^", "#a", "!a", "A", "7", "a\nb", "-"
  };
  private static final String[] PIECES = {
    "a",
    "b",
    "c",
    "ab",
    "*",
    "**",
    "***",
    "?",
    ".",
    "[ab]",
    "[!a]",
    "[^b]",
    "[a-c]",
    "[A-Z0-9]",
    "[[:alpha:]]",
    "[![:digit:]]",
    "[a-]",
    "\\a",
    "\\*",
    "\\?",
    "\\[",
    "\\]",
    "\\(",
    "\\\\",
    "\\ ",
    " ",
    "(",
    "{a,b}",
    "+",
    "^",
    "$",
    "|",
    "]",
    "#",
    "!",
    "[ab",
    "[]",
    "[a&&b]",
    "["
  };

  private final long seed = Long.getLong("relais.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @TempDir Path root;

  @Test
  void everyEntryIsJudgedAsGitJudgesIt() throws Exception {
    System.out.println("relais.seed=" + seed);
    git("init", "-q", ".");
    Map<String, Boolean> tree = randomTree();
    List<String> differences = new ArrayList<>();
    int judged = 0;
    for (int round = 0; round < ROUNDS; round++) {
      List<String> patterns = randomPatterns();
      Files.writeString(root.resolve(".git/info/exclude"), String.join("\n", patterns) + "\n");
      Set<String> ignored = ignoredByGit(tree.keySet());
      ExcludeRules rules = ExcludeRules.of(patterns);
      for (Map.Entry<String, Boolean> entry : tree.entrySet()) {
        judged++;
        boolean excluded =
            rules.excludes(RelPath.of(entry.getKey().getBytes(UTF_8)), entry.getValue());
        if (excluded != ignored.contains(entry.getKey())) {
          differences.add(patterns + " on " + entry + ": git says " + !excluded);
        }
      }
    }
    assertThat(differences).as("seed %s, %s judged", seed, judged).isEmpty();
  }

  private Map<String, Boolean> randomTree() throws IOException {
    for (int i = 0; i < 120; i++) {
      Path at = root;
      for (int depth = random.nextInt(4); depth >= 0; depth--) {
        at = at.resolve(pick(NAMES));
        if (Files.isRegularFile(at)) {
          break;
        }
        if (depth == 0 && !Files.exists(at)) {
          Files.writeString(at, "");
        } else {
          Files.createDirectories(at);
        }
      }
    }
    Map<String, Boolean> tree = new TreeMap<>();
    try (Stream<Path> found = Files.walk(root)) {
      found
          .filter(path -> !path.equals(root) && !path.startsWith(root.resolve(".git")))
          .forEach(path -> tree.put(root.relativize(path).toString(), Files.isDirectory(path)));
    }
    return tree;
  }

  private List<String> randomPatterns() {
    List<String> patterns = new ArrayList<>();
    for (int wanted = 1 + random.nextInt(5); patterns.size() < wanted; ) {
      String pattern = randomPattern();
      if (ExcludeRules.problem(pattern).isEmpty()) {
        patterns.add(pattern);
      }
    }
    return patterns;
  }

  private String randomPattern() {
    StringBuilder pattern = new StringBuilder(random.nextInt(4) == 0 ? "!" : "");
    pattern.append(random.nextInt(3) == 0 ? "/" : "");
    for (int segments = random.nextInt(4); segments >= 0; segments--) {
      for (int pieces = random.nextInt(3); pieces >= 0; pieces--) {
        pattern.append(pick(PIECES));
      }
      pattern.append(segments > 0 || random.nextInt(4) == 0 ? "/" : "");
    }
    return pattern.toString();
  }

  private String pick(String[] words) {
    return words[random.nextInt(words.length)];
  }

  private Set<String> ignoredByGit(Set<String> paths) throws Exception {
    Process git = start("check-ignore", "--no-index", "-z", "--stdin");
    try (OutputStream in = git.getOutputStream()) {
      in.write(String.join("\0", paths).getBytes(UTF_8));
    }
    String out = new String(git.getInputStream().readAllBytes(), UTF_8);
    assertThat(git.waitFor()).as("git's exit code").isLessThan(2);
    return Arrays.stream(out.split("\0")).collect(toCollection(TreeSet::new));
  }

  private void git(String... arguments) throws Exception {
    assertThat(start(arguments).waitFor()).isZero();
  }

  private Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("git", "-c", "core.excludesFile="));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(root.toFile());
    builder.environment().put("GIT_CONFIG_NOSYSTEM", "1");
    builder.environment().put("HOME", root.resolve(".git").toString());
    return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }
}
