package io.relais.sync.source;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.relais.common.EscapedName;
import io.relais.linux.Scratch;
import io.relais.linux.Statx;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.path.ShellWord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether somebody without privileges could have chosen where a path leads, and have a
 * privileged reader read for him what he may not read himself.
 *
 * <p>Whoever owns a symlink, or a directory on the way, decides where the path leads from there.
 * Root may, and so may the owner of {@code /}, and whoever runs this process without any right to
 * read more than his account. Anybody else may lead only to what is his own, or to what belongs to
 * an account that the operator has named. (It is the rule of systemd's CHASE_SAFE; but that takes
 * each step by itself, so that no absolute symlink of a user's could ever pass. Here, on the way to
 * what is his own, he may also pass through directories of root's that everybody may search: he
 * could go there himself.)
 *
 * <p>Who may write to a directory can exchange what is in it, too. So a directory that all may
 * write to, without the sticky bit, is anybody's; what is in one with that bit can be exchanged
 * only by its own owner. A group is trusted with what it may write to: whoever gave it the
 * directory has chosen it, in many systems the group has one member, and it could put nothing there
 * but what lies next to it.
 */
final class OwnerCheck implements PathWalk.Check {
  /** To search a directory, for the group and for all others: a group can be shut out alone. */
  private static final int SEARCH = 0011;

  private static final int OTHERS_WRITE = 0002;
  private static final int STICKY = 01000;

  private final Scratch scratch;
  private final Set<String> owners;
  private final Privileges self;

  /** The last step so far that is in hands which are not trusted. */
  private @Nullable Step steering;

  /** The same as it was before the last step. */
  private @Nullable Step steeringBefore;

  private @Nullable Step last;
  private @Nullable Account top;

  /** The first steps that don't go together. */
  private @Nullable Step by;

  private @Nullable Step to;

  /** One step of the way. */
  private record Step(String path, Account owner, EntryKind kind, int mode, @Nullable String link) {
    boolean isAnybodys() {
      return kind == EntryKind.DIRECTORY && (mode & OTHERS_WRITE) != 0 && (mode & STICKY) == 0;
    }

    boolean isOpenToAll() {
      return kind == EntryKind.SYMLINK || (mode & SEARCH) == SEARCH;
    }

    boolean isOf(Step other) {
      return owner.equals(other.owner) && !other.isAnybodys();
    }

    String shown() {
      return EscapedName.of(path);
    }
  }

  /**
   * @param owners whose files may be mirrored whoever leads there: names or numbers of accounts
   */
  OwnerCheck(Scratch scratch, Set<String> owners) {
    this(scratch, owners, Privileges.own());
  }

  OwnerCheck(Scratch scratch, Set<String> owners, Privileges self) {
    this.scratch = scratch;
    this.owners = owners;
    this.self = self;
  }

  @Override
  public void step(int descriptor, String path, @Nullable String link) {
    Step step = look(path, link);
    if (top == null) {
      top = step.owner();
    }
    if (steering != null && by == null && !mayLeadThrough(steering, step)) {
      by = steering;
      to = step;
    }
    last = step;
    steeringBefore = steering;
    if (!isTrusted(step.owner()) || step.isAnybodys()) {
      steering = step;
    }
  }

  private Step look(String path, @Nullable String link) {
    return new Step(
        path,
        new Account(Statx.owner(scratch.statx)),
        StatxEntry.kind(scratch.statx),
        Statx.permissions(scratch.statx),
        link);
  }

  private boolean isTrusted(Account owner) {
    return owner.equals(Account.ROOT) || owner.equals(top) || self.isPlainly(owner);
  }

  private boolean mayLeadThrough(Step from, Step step) {
    return mayLeadTo(from, step) || (isTrusted(step.owner()) && step.isOpenToAll());
  }

  private boolean mayLeadTo(Step from, Step step) {
    return step.isOf(from) || step.owner().isAmong(owners);
  }

  /**
   * Judges the way, at its end.
   *
   * @throws UnsafeSourceException if it is not safe
   * @throws IOException if it can't be found out where it ended
   */
  void arrive(PathWalk.Place place) throws IOException {
    Step end = look(place.path(), null);
    // A symlink to the directory that it lies in leads to no step of its own.
    Step guide = last != null && last.link() != null ? steering : steeringBefore;
    if (guide != null && by == null && !mayLeadTo(guide, end)) {
      by = guide;
      to = end;
    }
    if (by != null && to != null) {
      throw refusal(by, to, end);
    }
    Optional<String> pseudo = PseudoFileSystem.of(scratch, place.directory().number());
    if (guide != null && pseudo.isPresent()) {
      throw new UnsafeSourceException(
          "%s; it is part of a file system of the kernel's own (%s); nothing is mirrored"
              .formatted(sentence(guide, end, end), pseudo.get()),
          "make it lead to the directory that is to be mirrored");
    }
  }

  /** What was found by the time that the path turned out to lead nowhere. */
  void stopped() throws UnsafeSourceException {
    if (by != null && to != null) {
      throw refusal(by, to, to);
    }
  }

  private UnsafeSourceException refusal(Step from, Step step, Step end) {
    Set<Account> foreign = new LinkedHashSet<>();
    for (Step each : new Step[] {step, end}) {
      if (!mayLeadTo(from, each)) {
        foreign.add(each.owner());
      }
    }
    String who = from.isAnybodys() ? "anybody on this machine" : from.owner().called();
    return new UnsafeSourceException(
        "%s; nothing is mirrored, since %s could have it lead to files that only root may read"
            .formatted(sentence(from, step, end), who),
        "%s; or, if %s may have all that %s owns mirrored, add source_owners = [%s] to this [[sync]] table and reload the configuration"
            .formatted(
                change(from),
                who,
                foreign.stream().map(Account::called).collect(Collectors.joining(" and ")),
                foreign.stream()
                    .map(owner -> '"' + owner.key() + '"')
                    .collect(Collectors.joining(", "))));
  }

  private static String sentence(Step from, Step step, Step end) {
    String place = end.shown() + ", which belongs to " + end.owner();
    String way =
        step.path().equals(end.path())
            ? ""
            : ", by way of " + step.shown() + ", which belongs to " + step.owner();
    if (from.link() != null) {
      return "the symlink %s belongs to %s, and leads to %s%s"
          .formatted(from.shown(), from.owner(), place, way);
    }
    return from.isAnybodys()
        ? "everybody may write to the directory %s (mode %04o), and could exchange what leads to %s%s"
            .formatted(from.shown(), from.mode(), place, way)
        : "the directory %s belongs to %s, who can exchange what leads to %s%s"
            .formatted(from.shown(), from.owner(), place, way);
  }

  private static String change(Step from) {
    if (from.link() != null) {
      return "remove the symlink if it is not yours; if it leads where it should, give it to root (chown -h root "
          + ShellWord.quote(from.path())
          + ")";
    }
    return from.isAnybodys()
        ? "take that right away (chmod o-w " + ShellWord.quote(from.path()) + ")"
        : "have the source below directories of root or of its own owner alone";
  }

  /**
   * What this process may read (proc_pid_status(5)).
   *
   * @param uid the account that it runs as
   * @param readsAll whether it may read what that account may not
   */
  record Privileges(long uid, boolean readsAll) {
    /** CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7)). */
    private static final long DAC = 1L << 1 | 1L << 2;

    private static final Path STATUS = Path.of("/proc/self/status");

    /** Whoever can't tell is taken to be root. */
    private static final Privileges UNKNOWN = new Privileges(0, true);

    /** Those of this process, which doesn't change them. */
    static Privileges own() {
      return Own.PRIVILEGES;
    }

    private static final class Own {
      static final Privileges PRIVILEGES = read();

      private static Privileges read() {
        try {
          return of(Files.readAllLines(STATUS, US_ASCII));
        } catch (IOException e) {
          return UNKNOWN;
        }
      }
    }

    /** Reads the lines of a status file. */
    static Privileges of(List<String> status) {
      try {
        // Real, effective, saved, and the one that counts for files.
        String uid = field(status, "Uid:").split("\\s+")[1];
        long effective = Long.parseUnsignedLong(field(status, "CapEff:"), 16);
        return new Privileges(Long.parseLong(uid), (effective & DAC) != 0);
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        return UNKNOWN;
      }
    }

    private static String field(List<String> status, String name) {
      return status.stream()
          .filter(line -> line.startsWith(name))
          .findFirst()
          .orElse(name)
          .substring(name.length())
          .strip();
    }

    /** Whether an account could have it read nothing that the account can't read by itself. */
    boolean isPlainly(Account account) {
      return !readsAll && account.uid() == uid;
    }
  }
}
