package io.relais.sync.engine;

import static io.relais.sync.engine.Mailbox.Known.MORE;
import static io.relais.sync.engine.Mailbox.Known.NOTHING_WAITS;

import com.google.common.collect.ImmutableSet;
import io.relais.common.Backoff;
import io.relais.common.Faults;
import io.relais.sync.entry.Counts;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.guard.GuardViolation;
import io.relais.sync.index.CopyPosition;
import io.relais.sync.index.IndexException;
import io.relais.sync.index.MirrorIndex;
import io.relais.sync.path.RelPath;
import io.relais.sync.path.ShellWord;
import io.relais.sync.plan.IndexUpdates;
import io.relais.sync.plan.Plan;
import io.relais.sync.remote.Fence;
import io.relais.sync.remote.SyncTarget;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.remote.TemporaryNameGenerator;
import io.relais.sync.scan.ScanScope;
import io.relais.sync.source.SourcePath;
import io.relais.sync.source.SourceTree;
import io.relais.sync.source.SourceTree.SourceOpener;
import io.relais.sync.source.UnsafeSourceException;
import io.relais.sync.status.CopyReport.LeftOutCounts;
import io.relais.sync.status.MirrorFacts;
import io.relais.sync.status.MirrorState;
import io.relais.sync.status.MirrorState.Halt;
import io.relais.sync.status.MirrorStatus;
import io.relais.sync.status.PathProblems;
import io.relais.sync.status.StatusSink;
import io.relais.sync.transfer.LargeUploads;
import io.relais.sync.transfer.LeftoverCleanup;
import io.relais.sync.transfer.StoppedException;
import io.relais.sync.transfer.TransferProgress;
import io.relais.sync.verify.CopyVerifier;
import io.relais.sync.watch.ChangeSource;
import io.relais.sync.watch.Debouncer;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One source and one target, kept equal until {@link #stop}. One thread owns all of its state and
 * runs {@link #run}; {@link #listener} and {@link #stop} may be used by any.
 */
public final class Mirror implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  /**
   * A move's two ends come together: in a crowd of other changes they are not worth looking for.
   */
  private static final int UPCOMING = 1_000;

  /** Between two looks whether a promotion is over, or a copy is no longer ahead. */
  private static final Duration PROMOTED_LOOK = Duration.ofSeconds(5);

  private static final Duration HALTED_LOOK = Duration.ofSeconds(1);

  /** A time that takes longer is shown in seconds. */
  private static final long MILLIS_SHOWN = 10_000;

  private static final Duration MISSING_SOURCE_LOOK = Duration.ofSeconds(5);

  /** While a symlink is replaced in two steps, its source is not there for a moment. */
  private static final Duration MOMENT = Duration.ofSeconds(1);

  private static final Duration FIRST_RETRY = Duration.ofMillis(200);
  private static final Duration LAST_RETRY = Duration.ofSeconds(30);
  private static final Duration INDEX_RETRY = Duration.ofSeconds(30);

  /** For what can wait, before it is looked for what can't. */
  private static final Duration ASIDE = Duration.ofMillis(100);

  private final MirrorSettings settings;
  private final SourceHolder source;
  private final TargetConnector link;
  private final MirrorIndex index;
  private final TemporaryNameGenerator names;
  private final InstantSource clock;
  private final Mailbox mailbox;
  private final PathProblems pathProblems = new PathProblems();
  private final DeleteGuardMonitor deleteGuardMonitor;
  private final Cycle cycle;
  private final MirrorReport report;
  private final CopyPosition position;
  private final HeartbeatWriter heartbeatWriter;
  private final RemoteStallReporter answers;
  private volatile CountDownLatch held = new CountDownLatch(0);
  private final RecentFiles racy;
  private final CopyVerification copies;
  private final HaltedChangeTimer haltedChangeTimer = new HaltedChangeTimer();
  private volatile boolean watched;
  private volatile Consumer<Set<RelPath>> audits = directories -> {};
  private volatile boolean stopping;
  private volatile boolean lost;
  private final Backoff backoff = new Backoff(FIRST_RETRY, LAST_RETRY, new Random());
  private Instant nextFullScan = Instant.MIN;

  /** What to do about a source whose path was not safe to follow; null until that is found. */
  private @Nullable String remedyForSource;

  /** Since when the source is missing; null while it is there. */
  private @Nullable Instant missingSince;

  /** Whether what was found in a part of the mirror calls for a look at all of it. */
  private boolean lookAtAll;

  /** Whether an earlier run, or a connection that was lost, may have left something behind. */
  private boolean untidy = true;

  private MirrorFacts.Connection connection;

  /** When the last comparison of everything began that was carried out on this connection. */
  private @Nullable Instant comparedAt;

  /** What the round under way has taken out of the mailbox. */
  private ScanScope taken = ScanScope.NOTHING;

  /** When the oldest of that was seen. */
  private Optional<Instant> roundSince = Optional.empty();

  /** When the oldest was seen of the large files that are on their way; null if none is. */
  private @Nullable Instant largeSince;

  /** What the round under way sends; null while it sends nothing. */
  private @Nullable TransferProgress sending;

  /** Null while there is no connection. */
  private @Nullable LargeUploads largeUploads;

  /** Why nothing may be changed at the target, as it was last seen; null if it may. */
  private @Nullable Fence fence;

  private boolean toldUngated;
  private @Nullable Instant offlineSince;
  private final Set<String> offlineReasons = new HashSet<>();

  /** Whether it is not only for something on this side that it is offline. */
  private boolean targetWasAway;

  /**
   * Assembles a mirror; nothing runs yet.
   *
   * @param names the temporary names that {@code link} uses too
   */
  public Mirror(
      MirrorSettings settings,
      Debouncer debouncer,
      SourceOpener source,
      TargetConnector link,
      MirrorIndex index,
      TemporaryNameGenerator names,
      StatusSink board,
      InstantSource clock) {
    this.settings = settings;
    this.source = new SourceHolder(source);
    this.link = link;
    this.index = index;
    this.names = names;
    this.clock = clock;
    this.mailbox = new Mailbox(debouncer, clock);
    this.copies = new CopyVerification(settings, index, mailbox, board, clock);
    this.deleteGuardMonitor = new DeleteGuardMonitor(settings, index);
    this.cycle =
        new Cycle(
            settings,
            index,
            deleteGuardMonitor,
            pathProblems,
            names,
            clock,
            () -> stopping,
            () -> mailbox.upcoming(UPCOMING),
            copies.doubts());
    this.report =
        new MirrorReport(settings.name(), board, pathProblems, index, settings.source(), clock);
    this.connection = new MirrorFacts.Connection.Connecting(link.destination());
    this.racy = new RecentFiles(index, clock);
    this.answers = new RemoteStallReporter(settings.name(), link, board);
    this.position = new CopyPosition(index);
    this.heartbeatWriter =
        new HeartbeatWriter(settings.name(), settings.heartbeat(), position, clock);
  }

  /** Where hints are to be posted. */
  public ChangeSource.Listener listener() {
    return mailbox;
  }

  /** Connects, but looks at nothing before {@link #release}. To be called before {@link #run}. */
  void hold() {
    held = new CountDownLatch(1);
  }

  /** Ends a {@link #hold}. */
  void release() {
    held.countDown();
  }

  /** From now on hints come; until then only a comparison can tell that nothing has changed. */
  public void watched() {
    watched = true;
  }

  /** The same, and each scan of everything is to be used to check that watch. */
  void watchedBy(ChangeSource watch) {
    audits = watch::audit;
    watched();
  }

  /**
   * Takes reports of copies whose content is not what it should be: they are sent again, whole. For
   * any thread.
   *
   * @param compare whether source and target are to be compared as a whole as well
   */
  public void suspect(Collection<RelPath> damaged, boolean compare) {
    copies.suspect(damaged, compare);
  }

  public String name() {
    return settings.name();
  }

  /** Ends {@link #run} soon: what is under way is dropped cleanly. */
  public void stop() {
    stopping = true;
    release();
    mailbox.wake();
  }

  @Override
  public void run() {
    try (index) {
      while (!stopping) {
        connectAndServe();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void connectAndServe() throws InterruptedException {
    lost = false;
    try (SyncTarget target = open()) {
      online();
      report.show(facts());
      if (fence != null) {
        fence.promotion().ifPresent(promotion -> position.promoted(promotion.generation()));
      }
      heartbeatWriter.connected(target);
      if (mayChange(target)) {
        serve(target);
      }
    } catch (StoppedException e) {
      LOG.debug("{}: stopped", settings.name());
    } catch (TargetUnavailableException e) {
      untidy = true;
      targetWasAway = true;
      offline(e.kind(), String.valueOf(e.getMessage()), e.nextTry(), false);
    } catch (TargetRefusedException e) {
      targetWasAway = true;
      offline(String.valueOf(e.getMessage()), e.nextTry(), true);
    } catch (IndexException e) {
      offline(String.valueOf(e.getMessage()), clock.instant().plus(INDEX_RETRY), false);
    } catch (IOException e) {
      offline(
          "the source can't be read: " + Faults.withFile(e),
          clock.instant().plus(INDEX_RETRY),
          false);
    }
  }

  private SyncTarget open() throws IOException {
    if (offlineSince == null) {
      connection = new MirrorFacts.Connection.Connecting(link.destination());
      report.show(facts());
    }
    names.renew();
    try (var _ = answers.begin()) {
      SyncTarget target = link.open(this::connectionLost);
      boolean entered = false;
      try {
        fence = target.enter(SyncTarget.Session.MIRROR);
        entered = true;
      } finally {
        if (!entered) {
          target.close();
        }
      }
      tellUngated(target.whyUngated());
      return target;
    }
  }

  private void tellUngated(@Nullable String why) {
    if (why != null && !toldUngated) {
      toldUngated = true;
      LOG.warn(
          "{}: nothing can be made beside the copy: {}; so a promotion of the backup does not end at"
              + " once what is under way to it, and is looked for before each round instead; let the"
              + " account write into the directory that holds the copy (a chroot's own root can't be:"
              + " mirror into a directory two levels below)",
          settings.name(),
          why);
    }
  }

  /**
   * Waits for as long as nothing may be changed at the target: since the backup is live with it, or
   * since the copy is ahead of this agent. Hints wait meanwhile, and then everything is compared.
   *
   * @return false if the connection is to be begun anew, or this is to stop
   */
  private boolean mayChange(SyncTarget target) throws IOException, InterruptedException {
    Instant look = clock.instant().plus(PROMOTED_LOOK);
    while (!stopping) {
      boolean ahead = isAhead();
      if (fence == null && !ahead) {
        return true;
      }
      requireOpen(target);
      backoff.reset();
      try (var _ = answers.begin()) {
        beat(target);
        if (!clock.instant().isBefore(look)) {
          look = clock.instant().plus(PROMOTED_LOOK);
          heartbeatWriter.look(target);
          if (fence != null) {
            fence = target.fence();
            report.show(facts());
            if (fence == null) {
              return false;
            }
          }
        }
      }
      Instant wake = ahead ? clock.instant().plus(HALTED_LOOK) : look;
      mailbox.rest(heartbeatWriter.due().isBefore(wake) ? heartbeatWriter.due() : wake);
    }
    return false;
  }

  /** Whether the copy is ahead of this agent, and no operator has let that pass. */
  private boolean isAhead() throws IOException {
    Optional<CopyPosition.Lead> lead = position.lead();
    GuardViolation standing = deleteGuardMonitor.standing();
    if (lead.isEmpty()) {
      if (standing != null && standing.reason() == GuardViolation.Reason.COPY_IS_AHEAD) {
        deleteGuardMonitor.clear();
      }
      return false;
    }
    GuardViolation found = GuardViolation.copyIsAhead(lead.get().finding(), lead.get().describe());
    if (fence != null) {
      deleteGuardMonitor.refuse(found, clock.instant());
      return true;
    }
    if (deleteGuardMonitor.found(found, clock.instant()).isPresent()) {
      return true;
    }
    position.accept();
    return false;
  }

  private void requireOpen(SyncTarget target) throws TargetUnavailableException {
    if (lost || !target.isOpen()) {
      throw new TargetUnavailableException(target.whyLost());
    }
  }

  /** Where no gate ends what is under way, it is looked for a promotion before there is some. */
  private void requireUnfenced(SyncTarget target) throws IOException {
    Fence found = target.whyUngated() == null ? null : target.fence();
    if (found != null) {
      throw new TargetUnavailableException(
          target.place().shown(RelPath.ROOT) + ": " + found.describe());
    }
  }

  private void serve(SyncTarget target) throws IOException, InterruptedException {
    try (SourceHolder _ = source; // Large files are read from it until they are dropped.
        LargeUploads large = largeUploads(target);
        CopyVerifier reader = new CopyVerifier(target, source::reopened, clock, mailbox::wake)) {
      largeUploads = large;
      nextFullScan = Instant.MIN;
      held.await();
      requireUnfenced(target);
      TargetFileSystem.find(settings.name(), target, index);
      copies.lacks(target.lacks());
      serve(target, large, reader);
    }
  }

  private LargeUploads largeUploads(SyncTarget target) {
    return new LargeUploads(
        target, clock, () -> stopping, cycle.deltas(), mailbox::ready, this::disturbed);
  }

  private void disturbed(Set<RelPath> directories) {
    index.batch(() -> IndexUpdates.begin(List.of(), directories, index));
  }

  private void connectionLost() {
    lost = true;
    mailbox.wake();
  }

  private void online() {
    connection = new MirrorFacts.Connection.Up();
    comparedAt = null;
    taken = ScanScope.NOTHING;
    largeSince = null;
    sending = null;
    if (offlineSince != null) {
      LOG.info(
          "{}: {}{}",
          settings.name(),
          targetWasAway ? "the target is back" : "it can go on",
          fence == null ? "; both sides are compared" : "");
      offlineSince = null;
      offlineReasons.clear();
      targetWasAway = false;
    }
  }

  /** All that is known now, for {@link MirrorStatus}. */
  private MirrorFacts facts() {
    boolean begun = watched; // First: what it has missed before it began is in the mailbox then.
    Mailbox.Waiting waiting = mailbox.waiting();
    LargeUploads large = largeUploads;
    long largeCount = large == null ? 0 : large.count();
    TransferProgress transferProgress =
        large != null && largeCount > 0 ? large.progress() : sending;
    CertificateWait.Held mismatch = cycle.certificates().held();
    GuardViolation guardViolation = deleteGuardMonitor.standing();
    return new MirrorFacts(
        connection,
        comparedAt,
        guardViolation == null ? null : halt(guardViolation),
        new MirrorFacts.Work(
            waiting.seen(),
            Math.max(
                waiting.paths() + taken.size() + largeCount + copies.waiting(),
                mismatch == null ? 0 : mismatch.paths()),
            waiting.everything() || taken.isWhole() || deleteGuardMonitor.holdsDeletes(),
            waitingSince(),
            transferProgress == null
                ? null
                : new MirrorFacts.Sending(
                    transferProgress.total().files(), transferProgress.total().bytes()),
            held(waiting.held(), mismatch)),
        new MirrorFacts.Failures(
            pathProblems.all().size(),
            pathProblems.missing(),
            pathProblems.superfluous(),
            pathProblems.since().orElse(null)),
        new MirrorFacts.Watching(
            begun, waiting.degradations(), waiting.doubt(), waiting.fallback()),
        fence);
  }

  /** Null where nothing waits, or where that is not known: of a copy in doubt, say. */
  private @Nullable Instant waitingSince() {
    if (copies.waiting() > 0) {
      return null;
    }
    Instant hinted = (taken.isEmpty() ? mailbox.oldest() : roundSince).orElse(null);
    if (hinted == null || largeSince == null) {
      return hinted == null ? largeSince : hinted;
    }
    return hinted.isBefore(largeSince) ? hinted : largeSince;
  }

  private static MirrorFacts.@Nullable Held held(
      Debouncer.@Nullable Held quiet, CertificateWait.@Nullable Held mismatch) {
    String awake = quiet == null ? null : quiet.busiest().map(RelPath::toString).orElse(null);
    if (mismatch != null) {
      return new MirrorFacts.Held(mismatch.since(), awake, mismatch.why());
    }
    return quiet == null ? null : new MirrorFacts.Held(quiet.since(), awake, null);
  }

  /** The link has a backoff of its own; this one is for what goes wrong once it is there. */
  private void offline(String why, Instant linkTry, boolean refused) throws InterruptedException {
    offline(why, why, linkTry, refused);
  }

  /**
   * Waits until it is time to try again.
   *
   * @param kind reported only once until the target is back
   */
  private void offline(String kind, String why, Instant linkTry, boolean refused)
      throws InterruptedException {
    if (stopping) {
      return;
    }
    Instant now = clock.instant();
    Instant ownTry = now.plus(backoff.next());
    Instant nextTry = linkTry.isAfter(ownTry) ? linkTry : ownTry;
    if (offlineSince == null) {
      offlineSince = now;
      LOG.warn("{}: {}; changes are kept in mind, and it is tried again", settings.name(), why);
    } else if (!offlineReasons.contains(kind)) {
      LOG.warn("{}: {}", settings.name(), why);
    }
    offlineReasons.add(kind);
    connection = new MirrorFacts.Connection.Lost(why, nextTry, refused);
    largeUploads = null;
    sending = null;
    report.show(facts());
    copies.disconnected();
    while (!stopping && clock.instant().isBefore(nextTry)) {
      mailbox.await(nextTry);
      // What changes meanwhile needs no note: the first cycle after this compares everything.
      var _ = mailbox.take();
      noteDamaged();
      report.refresh(facts());
    }
  }

  /** An index that can't be used now will be, or is begun again and compared. */
  private void noteDamaged() {
    try {
      copies.note();
    } catch (IndexException e) {
      LOG.debug("{}: not noted yet: {}", settings.name(), e.getMessage());
    }
  }

  private void serve(SyncTarget target, LargeUploads large, CopyVerifier reader)
      throws IOException, InterruptedException {
    LeftoverCleanup leftoverCleanup = new LeftoverCleanup(target, names, index::get);
    try (Sending sending = new Sending()) {
      while (!stopping) {
        try {
          serveOnce(target, large, reader);
        } catch (FileSystemException e) {
          // The source can't be read, and the connection ends with this.
          tidy(target, leftoverCleanup, Instant.MAX);
          throw e;
        }
        tidy(target, leftoverCleanup, clock.instant().plus(ASIDE));
        sending.is(large.count() > 0);
        if (large.count() == 0) {
          source.release();
        }
        if (!stopping && !lost) {
          mailbox.await(wakeTime(large, reader), report.saysNothingWaits() ? NOTHING_WAITS : MORE);
        }
      }
    }
  }

  /** A comparison removes what was left behind; where none is made this does. */
  private void tidy(SyncTarget target, LeftoverCleanup leftoverCleanup, Instant enough)
      throws IOException {
    if (untidy && comparedAt == null) {
      requireUnfenced(target);
      leftoverCleanup.proceed(() -> stopping || lost || !clock.instant().isBefore(enough));
    }
    untidy &= comparedAt == null && leftoverCleanup.isToGoOn();
  }

  /** Large files that are on their way between rounds, for as long as there are some. */
  private final class Sending implements AutoCloseable {
    private RemoteStallReporter.@Nullable Asking asking;

    void is(boolean now) {
      if (now && asking == null) {
        asking = answers.begin();
      } else if (!now) {
        close();
      }
    }

    @Override
    public void close() {
      if (asking != null) {
        asking.close();
        asking = null;
      }
    }
  }

  private void serveOnce(SyncTarget target, LargeUploads large, CopyVerifier reader)
      throws IOException {
    requireOpen(target);
    copies.note(reader);
    ScanScope scanScope = nextScope();
    try (var _ = answers.begin()) {
      if (!scanScope.isEmpty()) {
        requireUnfenced(target);
        reader.yieldTo(true);
        try {
          runCycle(scanScope, target, large);
        } finally {
          reader.yieldTo(false);
        }
      }
      if (!stopping && !lost) {
        beat(target);
      }
    }
    if (mayReadCopies(large)) {
      copies.read(reader);
    }
  }

  private boolean mayReadCopies(LargeUploads large) {
    return comparedAt != null && large.count() == 0;
  }

  private void beat(SyncTarget target) throws IOException {
    MirrorFacts mirrorFacts = facts();
    MirrorStatus mirrorStatus = report.refresh(mirrorFacts);
    heartbeatWriter.beat(target, mirrorFacts, mirrorStatus);
  }

  private ScanScope nextScope() {
    Instant now = clock.instant();
    roundSince = mailbox.oldest().or(() -> Optional.of(now));
    ScanScope due = mailbox.take();
    taken = due;
    if (isHolding() && !due.isEmpty()) {
      haltedChangeTimer.note(now);
    }
    boolean mayMatch = cycle.certificates().takeDue(now);
    boolean isDue =
        lookAtAll
            || copies.takeComparing()
            || !nextFullScan.isAfter(now)
            || deleteGuardMonitor.mayResume()
            || haltedChangeTimer.isDue(now);
    lookAtAll = false;
    if (isDue || index.get(RelPath.ROOT) == null) {
      // Without a record of the root the index is new: what it does not have says nothing.
      haltedChangeTimer.clear();
      return ScanScope.EVERYTHING;
    }
    if (deleteGuardMonitor.isStopped()) {
      taken = ScanScope.NOTHING; // Everything is compared once that is over.
      return ScanScope.NOTHING;
    }
    Set<RelPath> retries = pathProblems.due(now, false);
    Set<RelPath> relists = pathProblems.due(now, true);
    ScanScope scanScope =
        new ScanScope(
            ImmutableSet.<RelPath>builder().addAll(due.hints()).addAll(retries).build(),
            mayMatch ? ImmutableSet.of(RelPath.ROOT) : due.rescans(),
            parents(relists));
    // A plan for a part could switch a symlink while the file that it points to waits for a retry.
    return settings.consistent() ? scanScope.widened() : scanScope;
  }

  /** What was not as expected is compared from its directory on. */
  private static ImmutableSet<RelPath> parents(Set<RelPath> paths) {
    return paths.stream()
        .map(path -> path.isRoot() ? path : path.parent())
        .collect(ImmutableSet.toImmutableSet());
  }

  /**
   * When to wake without being called. Only what the next round takes counts: a time that has
   * passed and stays would wake it for ever.
   */
  private Instant wakeTime(LargeUploads large, CopyVerifier reader) {
    if (untidy) {
      return clock.instant();
    }
    Instant wake = mayReadCopies(large) ? copies.due(reader, nextFullScan) : nextFullScan;
    Instant retry = mayRetry() ? pathProblems.nextTry().orElse(wake) : wake;
    if (retry.isBefore(wake)) {
      wake = retry;
    }
    if (heartbeatWriter.due().isBefore(wake)) {
      wake = heartbeatWriter.due();
    }
    if (report.due().isBefore(wake)) {
      wake = report.due();
    }
    if (cycle.certificates().due().isBefore(wake)) {
      wake = cycle.certificates().due();
    }
    if (lookAtAll) {
      return Instant.MIN;
    }
    if (isHolding() || missingSince != null) {
      Instant look = clock.instant().plus(HALTED_LOOK);
      wake = look.isBefore(wake) ? look : wake;
    }
    return wake;
  }

  private boolean mayRetry() {
    return !deleteGuardMonitor.isStopped() && missingSince == null;
  }

  private void runCycle(ScanScope asked, SyncTarget target, LargeUploads large) throws IOException {
    long started = System.nanoTime();
    boolean wasHalted = deleteGuardMonitor.isHalted();
    ScanScope named = asked;
    Instant begun = clock.instant();
    if (report.saysNothingWaits()) {
      report.refresh(facts());
    }
    SourceTree tree;
    try {
      tree = source.current();
    } catch (UnsafeSourceException e) {
      large.beginRound(null);
      remedyForSource = e.remedy();
      refuse(GuardViolation.unsafeSource(String.valueOf(e.getMessage())));
      return;
    }
    large.beginRound(tree);
    if (tree == null && isMissingForAMoment()) {
      return;
    }
    missingSince = tree == null ? missingSince : null;
    if (tree == null && source.isNoDirectory()) {
      refuse(
          GuardViolation.noDirectory(
              ShellWord.shown(settings.source()), SourcePath.singleFileAdvice(settings.source())));
      return;
    }
    if (isSwitched(tree)) {
      named = ScanScope.EVERYTHING;
    }
    ScanScope scanScope =
        tree == null || named.isWhole() ? named : racy.settle(withoutResting(named, tree), tree);
    Cycle.Outcome outcome =
        scanScope.isEmpty() ? Cycle.Outcome.NOTHING_TO_DO : cycle(scanScope, tree, target, large);
    if (scanScope.isEmpty() || outcome.plan() != null) {
      large.endRound(named::covers);
    }
    Instant now = clock.instant();
    backoff.reset();
    if (scanScope.isWhole() && outcome.plan() != null) {
      comparedAt = begun;
    }
    lookAgain(scanScope, wasHalted, now);
    GuardViolation guardViolation = outcome.veto();
    if (guardViolation != null
        && isSeenAtTheSource(guardViolation)
        && deleteGuardMonitor.isStopped()) {
      nextFullScan = now.plus(MISSING_SOURCE_LOOK);
    } else if (scanScope.isCompared()) {
      nextFullScan = now.plus(settings.fullScan());
    }
    MirrorStatus mirrorStatus = roundOver();
    // What was sent beside earlier rounds counts from when that began.
    log(scanScope, outcome, mirrorStatus, Math.min(started, large.takenSince().orElse(started)));
  }

  /** The scope without what is better looked at later; it waits until then. */
  private ScanScope withoutResting(ScanScope scanScope, SourceTree tree) {
    if (scanScope.hints().stream().allMatch(path -> tree.rest(path).isZero())) {
      return scanScope;
    }
    ImmutableSet.Builder<RelPath> now = ImmutableSet.builder();
    for (RelPath path : scanScope.hints()) {
      Duration rest = tree.rest(path);
      if (rest.isZero()) {
        now.add(path);
      } else {
        mailbox.later(path, rest);
      }
    }
    return new ScanScope(now.build(), scanScope.rescans(), scanScope.relists());
  }

  /** Shows what has come out. */
  private MirrorStatus roundOver() {
    taken = ScanScope.NOTHING;
    sending = null;
    LargeUploads large = largeUploads;
    if (large == null || large.count() == 0) {
      largeSince = null;
    } else if (largeSince == null) {
      largeSince = roundSince.orElse(null);
    }
    if (large != null && large.count() > 0) {
      report.transferring(large.progress());
    }
    return report.show(facts());
  }

  /** Nothing is done while it is. */
  private boolean isMissingForAMoment() {
    Instant now = clock.instant();
    if (missingSince == null) {
      missingSince = now;
    }
    if (deleteGuardMonitor.isHalted() || !now.isBefore(missingSince.plus(MOMENT))) {
      return false;
    }
    comparedAt = null;
    report.show(facts());
    nextFullScan = missingSince.plus(MOMENT);
    return true;
  }

  /** What is found there is compared as after a restart. */
  private boolean isSwitched(@Nullable SourceTree tree) {
    return tree != null && index.root().filter(root -> !root.equals(tree.identity())).isPresent();
  }

  /** An objection to a part is soon one to all, with all its numbers; and only all can end it. */
  private void lookAgain(ScanScope scanScope, boolean wasHalted, Instant now) {
    if (deleteGuardMonitor.holdsDeletes() && !scanScope.isWhole()) {
      lookAtAll = !wasHalted;
    } else if (deleteGuardMonitor.holdsDeletes() && !deleteGuardMonitor.isHalted()) {
      haltedChangeTimer.note(now);
    }
  }

  /** Whether it is soon seen that it is over, without much to do. */
  private static boolean isSeenAtTheSource(GuardViolation guardViolation) {
    return guardViolation.reason() != GuardViolation.Reason.SOURCE_EMPTIED
        && guardViolation.reason() != GuardViolation.Reason.DRIFT;
  }

  /** A consistent mirror changes as a whole, and so waits for its large files. */
  private Cycle.Outcome cycle(
      ScanScope scanScope, @Nullable SourceTree tree, SyncTarget target, LargeUploads large)
      throws IOException {
    return settings.consistent()
        ? cycle.run(scanScope, tree, target, observer(large))
        : cycle.run(scanScope, tree, large.guarded(), large, observer(large));
  }

  /** Nothing of the source is looked at, nor is anything done at the target. */
  private void refuse(GuardViolation guardViolation) {
    Instant now = clock.instant();
    backoff.reset();
    deleteGuardMonitor.refuse(guardViolation, now);
    nextFullScan = now.plus(MISSING_SOURCE_LOOK);
    var _ = roundOver();
  }

  private Halt halt(GuardViolation guardViolation) {
    String itself = "it goes on by itself";
    String ending =
        switch (guardViolation.reason()) {
          case ROOT_MISSING -> "bring " + settings.source() + " back, and " + itself;
          case SOURCE_UNSAFE -> remedyForSource + ", and " + itself;
          case ROOT_REPLACED, ROOT_ON_ANOTHER_DEVICE ->
              "bring back the directory that was at " + settings.source() + ", and " + itself;
          case COPY_IS_AHEAD ->
              "see what differs with 'sync-agent --dry-run'; put the newer source back with the state that belongs to it, or an older copy with its heartbeat, and "
                  + itself;
          case DRIFT -> "make them again at the target what they were, and " + itself;
          case MOUNT_MISSING -> "mount it again, and " + itself;
          case SOURCE_EMPTIED -> "bring the entries back, and " + itself;
          // They may have gone away at the source, or never have been there.
          case TOO_MANY_DELETES ->
              "these entries are not at the source: bring back or add there those that are to stay, and "
                  + itself;
          case SOURCE_NO_DIRECTORY -> "put a directory at " + settings.source() + ", and " + itself;
        };
    return new Halt(
        guardViolation.id(),
        guardViolation.reason(),
        deleteGuardMonitor.since(),
        guardViolation.message(),
        deleteGuardMonitor.held(),
        deleteGuardMonitor.losses(),
        ending,
        guardViolation.reason().canBeLetPass()
            ? Optional.of(settings.resumeCommand() + " " + guardViolation.id())
            : Optional.empty());
  }

  private boolean isHolding() {
    return deleteGuardMonitor.isHalted() || deleteGuardMonitor.holdsDeletes();
  }

  private void log(
      ScanScope scanScope, Cycle.Outcome outcome, MirrorStatus mirrorStatus, long started) {
    Plan plan = outcome.plan();
    boolean nothing = outcome.failed() == 0 && outcome.moved() == 0;
    if (plan == null && outcome.done().isEmpty() && nothing) {
      return;
    }
    if (outcome.done().isEmpty() && nothing) {
      if (scanScope.isCompared()
          && !mirrorStatus.is(MirrorState.Condition.CATCHING_UP)
          && !mirrorStatus.is(MirrorState.Condition.WAITING)) {
        LOG.info(
            "{}: {}, {}",
            settings.name(),
            mirrorStatus.is(MirrorState.Condition.IN_SYNC)
                ? "in sync"
                : "compared, nothing to do now",
            Counts.of(Math.max(0, index.count() - 1), "entry"));
      }
      return;
    }
    if (outcome.done().isEmpty() && outcome.moved() == 0) {
      return; // Each path that fails is told of once.
    }
    LOG.info(
        "{}: {}{} in {}{}",
        settings.name(),
        outcome.moved() == 0 ? "" : "moved: " + outcome.moved() + "; ",
        outcome.done().describe(),
        time(System.nanoTime() - started),
        outcome.failed() == 0 ? "" : "; paths that failed: " + outcome.failed());
  }

  private static String time(long nanos) {
    long millis = nanos / 1_000_000;
    return millis < MILLIS_SHOWN ? millis + " ms" : "%.1f s".formatted(millis / 1_000.0);
  }

  private Cycle.Observer observer(LargeUploads large) {
    return new Cycle.Observer() {
      @Override
      public void transferring(TransferProgress transferProgress) {
        // What a small change has to send is nothing to tell beside large files.
        sending = large.count() > 0 ? large.progress() : transferProgress;
        report.transferring(sending);
        if (report.isTransferDue()) {
          report.show(facts());
        }
      }

      @Override
      public void again(RelPath path) {
        mailbox.again(path);
      }

      @Override
      public void later(RelPath path) {
        mailbox.later(path, SourceEntry.SETTLED);
      }

      @Override
      public void met(Set<RelPath> directories) {
        audits.accept(directories);
      }

      @Override
      public void leftOut(LeftOutCounts count) {
        copies.leftOut(count);
      }

      @Override
      public void drifted(Drifted drifted) {
        copies.drifted(drifted);
      }
    };
  }
}
