package io.relais.sync.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.Sets;
import io.relais.sync.path.RelPath;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;

/** Remembers what it was told. */
public final class RecordingListener implements ChangeSource.Listener {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Set<RelPath> changed = ConcurrentHashMap.newKeySet();
  private final Set<RelPath> movedDirectories = ConcurrentHashMap.newKeySet();
  private final Queue<String> signs = new ConcurrentLinkedQueue<>();
  private final List<String> rescans = new CopyOnWriteArrayList<>();
  private final List<String> everyRescan = new CopyOnWriteArrayList<>();
  private final List<String> audits = new CopyOnWriteArrayList<>();
  private final List<String> problems = new CopyOnWriteArrayList<>();
  private final List<String> turns = new CopyOnWriteArrayList<>();
  private final List<String> fallbacks = new CopyOnWriteArrayList<>();
  private volatile Set<String> standing = Set.of();

  @Override
  public void changed(RelPath path, ChangeSource.Sign sign) {
    changed.add(path);
    signs.add(sign + " " + path);
  }

  @Override
  public void moved(RelPath from, RelPath to, boolean directory) {
    changed.add(from);
    changed.add(to);
    if (directory) {
      movedDirectories.add(to);
    }
    signs.add((directory ? "moved directory " : "moved ") + from + " " + to);
  }

  @Override
  public void rescan(RelPath root, String reason) {
    assertThat(root).isEqualTo(RelPath.ROOT);
    rescans.add(reason);
    everyRescan.add(reason);
    turns.add("rescan: " + reason);
  }

  @Override
  public void degraded(String problem) {
    problems.add(problem);
    standing = Sets.union(standing, Set.of(problem)).immutableCopy();
  }

  @Override
  public void degradedNow(Set<String> now) {
    standing = Set.copyOf(now);
  }

  @Override
  public void doubtful(@Nullable String why) {
    turns.add(why == null ? "trusted" : "doubtful: " + why);
  }

  @Override
  public void fallback(@Nullable String why) {
    fallbacks.add(String.valueOf(why));
  }

  /** Each other way to watch than the best that was told of; "null" for the best. */
  List<String> fallbacks() {
    return fallbacks;
  }

  /** When it was to be doubted, scanned and trusted again, in order. */
  List<String> turns() {
    return turns;
  }

  void awaitTurns(String... expected) {
    patiently().untilAsserted(() -> assertThat(turns).containsExactly(expected));
  }

  /** Waits until what is still wrong is one line with this in it, or nothing where it is empty. */
  void awaitStanding(String text) {
    patiently()
        .untilAsserted(
            () -> {
              if (text.isEmpty()) {
                assertThat(standing).isEmpty();
              } else {
                assertThat(standing).singleElement().asString().contains(text);
              }
            });
  }

  @Override
  public void audited(@Nullable String defect) {
    audits.add(String.valueOf(defect));
  }

  /** What each audit has told; "null" for nothing. */
  List<String> audits() {
    return audits;
  }

  /**
   * Whether a change at {@code path} will be found: by a hint at it or at the directory that holds
   * it, or at a higher one that was new itself or moved, or by a scan of everything.
   */
  boolean covers(String path) {
    RelPath at = RelPath.ofLatin1(path);
    return changed.contains(at)
        || changed.contains(at.parent())
        || movedDirectories.stream().anyMatch(at::startsWith)
        || !rescans.isEmpty();
  }

  void awaitCovered(String... paths) {
    awaitCovered(List.of(paths));
  }

  void awaitCovered(List<String> paths) {
    patiently().untilAsserted(() -> assertThat(paths).allMatch(this::covers));
  }

  /** Awaitility's own delay of 100 ms before the first look adds up. */
  private static ConditionFactory patiently() {
    return await().atMost(PATIENCE).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10));
  }

  /** Waits for a hint at the path itself. */
  public void awaitChanged(String path) {
    RelPath at = RelPath.ofLatin1(path);
    patiently().untilAsserted(() -> assertThat(changed).contains(at));
  }

  /** Whether the path itself was hinted at. */
  boolean hasChanged(String path) {
    return changed.contains(RelPath.ofLatin1(path));
  }

  public void awaitRescan(String reason) {
    patiently().untilAsserted(() -> assertThat(rescans).anyMatch(given -> given.contains(reason)));
  }

  void awaitProblem(String text) {
    patiently().untilAsserted(() -> assertThat(problems).anyMatch(given -> given.contains(text)));
  }

  /** Waits for what a source may know beside the path, as {@code SIGN path}. */
  void awaitSign(String sign) {
    patiently().untilAsserted(() -> assertThat(signs).contains(sign));
  }

  Queue<String> signs() {
    return signs;
  }

  public Set<RelPath> changed() {
    return changed;
  }

  List<String> rescans() {
    return rescans;
  }

  /** Also those from before {@link #forget}. */
  public List<String> everyRescan() {
    return everyRescan;
  }

  List<String> problems() {
    return problems;
  }

  public void forget() {
    changed.clear();
    movedDirectories.clear();
    signs.clear();
    rescans.clear();
  }
}
