package io.relais.sync.transfer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.relais.sync.engine.Hooks;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.TemporaryNames;
import io.relais.sync.plan.Phase;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.Step;
import io.relais.sync.plan.Summary;
import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.source.LinkPolicy;
import io.relais.sync.source.LinuxSourceTree;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A source in a real directory, a target in memory, and what carries one to the other: the one
 * place where this package's tests put its parts together.
 */
final class TransferFixture implements AutoCloseable {
  /** Something that happens meanwhile. */
  interface Event {
    void happen() throws IOException;
  }

  final Path source;
  final InMemoryDisk disk;
  final TemporaryNameGenerator names = new TemporaryNameGenerator("test");
  final Map<RelPath, IndexEntry> index = new ConcurrentHashMap<>();
  final TransferProgress progress = new TransferProgress(Summary.NOTHING, 0);
  final List<StepResult> results = Collections.synchronizedList(new ArrayList<>());
  final Map<String, Event> sourceEvents = new ConcurrentHashMap<>();
  final SourceTree tree;
  FaultyTarget target;
  DeltaRules deltas = DeltaRules.NONE;
  @Nullable LargeUploads large;
  volatile boolean stopping;

  /** So that no file is too young to be sure of. */
  static final InstantSource AHEAD =
      InstantSource.offset(InstantSource.system(), Duration.ofHours(1));

  private final LinuxSourceTree real;

  TransferFixture(Path source) throws IOException {
    this(source, new InMemoryDisk());
  }

  TransferFixture(Path source, InMemoryDisk disk) throws IOException {
    this.source = source;
    this.disk = disk;
    this.real = LinuxSourceTree.open(source, LinkPolicy.PRESERVE);
    this.tree = watched(real);
    this.target = connection();
  }

  private FaultyTarget connection() throws IOException {
    return new FaultyTarget(disk.link(names).open(() -> {}), disk);
  }

  /** Another connection to the same disk. */
  @CanIgnoreReturnValue
  FaultyTarget reconnect() throws IOException {
    target = connection();
    return target;
  }

  /** Each {@code open}, {@code read} and {@code stat} of a file can be preceded by an event. */
  private SourceTree watched(SourceTree inner) {
    return (SourceTree)
        Proxy.newProxyInstance(
            SourceTree.class.getClassLoader(),
            new Class<?>[] {SourceTree.class},
            (_, method, arguments) -> {
              if (!method.getName().equals("open")) {
                try {
                  return method.invoke(inner, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              }
              RelPath path = (RelPath) arguments[0];
              happen("open " + path);
              return Hooks.around(
                  SourceFile.class, inner.open(path), (name, _) -> happen(name + " " + path));
            });
  }

  private void happen(String name) throws IOException {
    Event event = sourceEvents.get(name);
    if (event != null) {
      event.happen();
    }
  }

  /** Does something the first time that a file of the source is opened, read or looked at. */
  void once(String call, Event event) {
    sourceEvents.put(
        call,
        () -> {
          sourceEvents.remove(call);
          event.happen();
        });
  }

  static RelPath path(String path) {
    return RelPath.ofLatin1(path);
  }

  @CanIgnoreReturnValue
  Path file(String path, String content) throws IOException {
    return file(path, content.getBytes(UTF_8));
  }

  @CanIgnoreReturnValue
  Path file(String path, byte[] content) throws IOException {
    Path file = source.resolve(path);
    Files.createDirectories(requireNonNull(file.getParent()));
    return Files.write(file, content);
  }

  void directory(String path) throws IOException {
    Files.createDirectories(source.resolve(path));
  }

  void link(String path, String text) throws IOException {
    Files.createSymbolicLink(source.resolve(path), Path.of(text));
  }

  /** Puts a file at the target behind the mirror's back, below directories as needed. */
  void there(String path, String content) throws IOException {
    thereIn(path(path).parent());
    disk.put(path(path), content.getBytes(UTF_8), 0644, 1_000);
  }

  void thereDirectory(String path) throws IOException {
    thereIn(path(path));
  }

  private void thereIn(RelPath directory) throws IOException {
    try (var direct = disk.link(names).open(() -> {})) {
      for (RelPath above : directory.ancestors()) {
        if (!above.isRoot()) {
          direct.make(new RemoteChange.MakeDirectory(above, 0755));
        }
      }
      if (!directory.isRoot()) {
        direct.make(new RemoteChange.MakeDirectory(directory, 0755));
      }
    }
  }

  SourceEntry entry(String path) throws IOException {
    return requireNonNull(real.stat(path(path)), path);
  }

  @Nullable TargetEntry remote(String path) {
    return disk.snapshot().get(path(path));
  }

  /** What is there and has to be. */
  TargetEntry entryThere(String path) {
    return requireNonNull(remote(path), path);
  }

  String content(String path) {
    return new String(disk.contentOf(path(path)), UTF_8);
  }

  Step.Upload upload(String path) throws IOException {
    return new Step.Upload(path(path), entry(path), remote(path), null);
  }

  Step.MakeSymlink symlink(String path) throws IOException {
    return new Step.MakeSymlink(path(path), entry(path));
  }

  Step.MakeDirectory makeDirectory(String path) throws IOException {
    return new Step.MakeDirectory(path(path), entry(path));
  }

  Step.SetAttributes settle(String path) throws IOException {
    return new Step.SetAttributes(path(path), entry(path));
  }

  Step.Delete delete(String path) {
    return new Step.Delete(path(path), requireNonNull(remote(path), path).kind());
  }

  Step.MoveAside moveAside(String path) {
    return new Step.MoveAside(path(path), requireNonNull(remote(path), path).kind());
  }

  /** A plan of these steps, each in the phase that it belongs to, in the order given. */
  static Plan plan(Step... steps) {
    ImmutableListMultimap.Builder<Phase, Step> phases = ImmutableListMultimap.builder();
    for (int i = 0; i < steps.length; i++) {
      // What makes room is in the phase of what comes.
      Step decides = steps[i] instanceof Step.MoveAside ? steps[i + 1] : steps[i];
      phases.put(phase(decides), steps[i]);
    }
    return plan(phases.build());
  }

  /** A plan of these steps. */
  static Plan plan(ImmutableListMultimap<Phase, Step> phases) {
    return new Plan(
        phases,
        ImmutableList.of(),
        ImmutableSet.of(),
        ImmutableSet.of(),
        ImmutableSet.of(),
        ImmutableSet.of(),
        ImmutableSet.of(),
        ImmutableSet.of(),
        ImmutableList.of(),
        ImmutableList.of());
  }

  private static Phase phase(Step step) {
    return switch (step) {
      case Step.Adopt _ -> Phase.ADOPT;
      case Step.Unlock _ -> Phase.UNLOCK;
      case Step.MakeDirectory _ -> Phase.DIRECTORIES;
      case Step.Upload _, Step.MoveAside _ -> Phase.FILES;
      case Step.MakeSymlink _ -> Phase.SYMLINKS;
      case Step.Delete _ -> Phase.DELETES;
      case Step.SetAttributes set ->
          switch (set.source().kind()) {
            case DIRECTORY -> Phase.SETTLE;
            case SYMLINK -> Phase.SYMLINKS;
            case FILE, OTHER -> Phase.FILES;
          };
    };
  }

  PlanRunner runner() {
    return new PlanRunner(target, tree, AHEAD, () -> stopping, progress, deltas, index::get, large);
  }

  StepExecutor executor() {
    return new StepExecutor(
        target,
        tree,
        AHEAD,
        () -> stopping,
        progress,
        deltas,
        new PathKindGuard(index::get),
        large);
  }

  FileSender sender() {
    return new FileSender(target, this::open, progress, deltas, large);
  }

  SourceContent open(RelPath path) throws IOException {
    return open(path, AHEAD);
  }

  SourceContent open(RelPath path, InstantSource clock) throws IOException {
    return SourceContent.open(tree, path, clock, () -> stopping, progress);
  }

  LargeUploads largeUploads(Consumer<RelPath> again, Consumer<Set<RelPath>> disturbed) {
    return new LargeUploads(target, AHEAD, () -> stopping, deltas, again, disturbed);
  }

  /** Runs a plan of these steps to its end. */
  @CanIgnoreReturnValue
  List<StepResult> run(Step... steps) throws IOException {
    runner().run(plan(steps), List.of(), results::add);
    return results;
  }

  /** Runs a plan of these steps as one switch. */
  @CanIgnoreReturnValue
  List<StepResult> runConsistently(PlanRunner.Objection objection, Step... steps)
      throws IOException {
    runner().runConsistently(plan(steps), List.of(), objection, results::add);
    return results;
  }

  /** The calls of some kinds, in order. */
  List<String> calls(String... words) {
    Set<String> wanted = Set.of(words);
    return target.calls().stream()
        .filter(call -> wanted.contains(call.substring(0, call.indexOf(' '))))
        .toList();
  }

  /** What is at the target under temporary names. */
  List<RelPath> temporaries() {
    return disk.snapshot().keySet().stream()
        .filter(path -> TemporaryNames.isTemporary(path.name()))
        .toList();
  }

  /** What is to be seen at the target: of a file its content, else its kind. */
  Map<String, String> visible() {
    Map<String, String> all = new TreeMap<>();
    disk.snapshot()
        .forEach(
            (path, entry) -> {
              if (!isTemporary(path)) {
                all.put(
                    path.toString(),
                    entry.kind() == EntryKind.FILE ? content(path.latin1()) : seen(entry));
              }
            });
    return all;
  }

  /** Itself, or what holds it. */
  private static boolean isTemporary(RelPath path) {
    return !path.isRoot()
        && (TemporaryNames.isTemporary(path.name()) || isTemporary(path.parent()));
  }

  private static String seen(TargetEntry entry) {
    return entry.kind() == EntryKind.SYMLINK ? "-> " + entry.linkTarget() : "/";
  }

  @Override
  public void close() {
    target.close();
    tree.close();
  }
}
