package io.relais.sync.plan;

import static io.relais.sync.entry.Entries.MTIME;
import static io.relais.sync.entry.Entries.SECOND;
import static io.relais.sync.entry.Entries.confirmed;
import static io.relais.sync.entry.Entries.device;
import static io.relais.sync.entry.Entries.directory;
import static io.relais.sync.entry.Entries.fifo;
import static io.relais.sync.entry.Entries.file;
import static io.relais.sync.entry.Entries.hashed;
import static io.relais.sync.entry.Entries.link;
import static io.relais.sync.entry.Entries.path;
import static io.relais.sync.entry.Entries.sha256;
import static io.relais.sync.entry.Entries.targetFile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Step.Adopt;
import io.relais.sync.plan.Step.Delete;
import io.relais.sync.plan.Step.MakeDirectory;
import io.relais.sync.plan.Step.MakeSymlink;
import io.relais.sync.plan.Step.MoveAside;
import io.relais.sync.plan.Step.SetAttributes;
import io.relais.sync.plan.Step.Upload;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class DifferTest {
  private static final RelPath PATH = path("p");
  private static final TargetView TRUSTED = new TargetView.Trusted();
  private static final TargetView ABSENT = new TargetView.Listed(null);
  private static final long SECONDS = MTIME / SECOND;

  private static final SourceEntry FILE = file(5);
  private static final SourceEntry LINK = link("to");
  private static final SourceEntry DIRECTORY = directory(0755);
  private static final SourceEntry LATER = with(FILE, MTIME + 1, MTIME + 1, 10);
  private static final SourceEntry TOUCHED = with(FILE, MTIME, MTIME + 1, 10);
  private static final SourceEntry REPLACED = with(FILE, MTIME, MTIME, 11);
  private static final TargetEntry T_LINK = LINK.asTarget();
  private static final TargetEntry T_FILE = FILE.asTarget();
  private static final TargetEntry T_DIRECTORY = DIRECTORY.asTarget();

  record Row(
      String what,
      @Nullable SourceEntry source,
      @Nullable IndexEntry confirmed,
      TargetView target,
      Difference expected) {
    @Override
    public String toString() {
      return what;
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void comparesAsTheTableSays(Row row) {
    Differ differ = new Differ(new SyncRules(true, true, SyncRules.Exclusion.NONE));

    assertThat(differ.compare(PATH, row.source, row.confirmed, row.target)).isEqualTo(row.expected);
  }

  static Stream<Row> rows() {
    Step upload = new Upload(PATH, FILE, null, null);
    Step link = new MakeSymlink(PATH, LINK);
    Step make = new MakeDirectory(PATH, DIRECTORY);
    Difference none = Difference.NONE;
    return Stream.of(
        // The source has nothing.
        row("nothing anywhere", null, null, ABSENT, none),
        row("gone on both sides", null, confirmed(FILE), ABSENT, none.forget(true)),
        row("file gone", null, confirmed(FILE), TRUSTED, steps(new Delete(PATH, EntryKind.FILE))),
        row("extraneous file", null, null, at(T_FILE), steps(new Delete(PATH, EntryKind.FILE))),
        row("extraneous link", null, null, at(T_LINK), steps(new Delete(PATH, EntryKind.SYMLINK))),
        row(
            "extraneous directory",
            null,
            null,
            at(T_DIRECTORY),
            steps(new Delete(PATH, EntryKind.DIRECTORY)).goInto(TargetContents.EXTRANEOUS)),
        row("extraneous device", null, null, at(device()), none.keep()),
        row("a FIFO is nothing", fifo(), null, ABSENT, none),
        row(
            "a FIFO replaced it",
            fifo(),
            null,
            at(T_FILE),
            steps(new Delete(PATH, EntryKind.FILE))),
        // The target has nothing.
        row("new file", FILE, null, ABSENT, steps(upload)),
        row("new file, trusted", FILE, null, TRUSTED, steps(upload)),
        row("new link", LINK, null, ABSENT, steps(link)),
        row("new directory", DIRECTORY, null, ABSENT, steps(make).goInto(TargetContents.NOTHING)),
        row("lost file", FILE, confirmed(FILE), ABSENT, steps(upload).forget(true).drift(true)),
        row(
            "lost directory",
            DIRECTORY,
            confirmed(DIRECTORY),
            ABSENT,
            steps(make).goInto(TargetContents.NOTHING).forget(true).drift(true)),
        // Another kind.
        row("file over link", FILE, null, at(T_LINK), steps(new Upload(PATH, FILE, T_LINK, null))),
        row("link over file", LINK, null, at(T_FILE), steps(link)),
        row("file became link", LINK, confirmed(FILE), TRUSTED, steps(link)),
        row(
            "file over directory",
            FILE,
            null,
            at(T_DIRECTORY),
            steps(new MoveAside(PATH, EntryKind.DIRECTORY), upload)
                .goInto(TargetContents.IN_THE_WAY)),
        row(
            "link over directory",
            LINK,
            null,
            at(T_DIRECTORY),
            steps(new MoveAside(PATH, EntryKind.DIRECTORY), link)
                .goInto(TargetContents.IN_THE_WAY)),
        row(
            "directory over file",
            DIRECTORY,
            null,
            at(T_FILE),
            steps(new MoveAside(PATH, EntryKind.FILE), make).goInto(TargetContents.NOTHING)),
        row(
            "directory over link",
            DIRECTORY,
            null,
            at(T_LINK),
            steps(new MoveAside(PATH, EntryKind.SYMLINK), make).goInto(TargetContents.NOTHING)),
        row(
            "file over device",
            FILE,
            null,
            at(device()),
            Difference.problem("a device, pipe or socket is in its place at the target")),
        row(
            "somebody put a link in the place of a directory",
            DIRECTORY,
            confirmed(DIRECTORY),
            at(T_LINK),
            steps(new MoveAside(PATH, EntryKind.SYMLINK), make)
                .goInto(TargetContents.NOTHING)
                .forget(true)
                .drift(true)),
        // Files, without a record.
        row("alike", FILE, null, at(T_FILE), steps(new Adopt(PATH, FILE, T_FILE))),
        row("other size", FILE, null, at(targetFile(6, SECONDS, 0644)), replaces(6, SECONDS)),
        row(
            "other time",
            FILE,
            null,
            at(targetFile(5, SECONDS - 1, 0644)),
            replaces(5, SECONDS - 1)),
        row(
            "alike but for the mode",
            FILE,
            null,
            at(targetFile(5, SECONDS, 0600)),
            steps(new SetAttributes(PATH, FILE))),
        // Files, with a record.
        row("unchanged", FILE, confirmed(FILE), TRUSTED, none),
        row("unchanged, listed", FILE, confirmed(FILE), at(T_FILE), none),
        row("grown", FILE, confirmed(file(4)), TRUSTED, replaces(4, SECONDS)),
        row("grown, hash known", FILE, hashed(file(4), "x"), TRUSTED, replaces(4, SECONDS)),
        row("same size, same second", LATER, confirmed(FILE), TRUSTED, sent(LATER, null)),
        row("touched, hash known", LATER, hashed(FILE, "x"), TRUSTED, doubted(LATER)),
        row("ctime only, hash known", TOUCHED, hashed(FILE, "x"), TRUSTED, sent(TOUCHED, "x")),
        row("inode only, hash known", REPLACED, hashed(FILE, "x"), TRUSTED, doubted(REPLACED)),
        row("found damaged", FILE, hashed(FILE, "x").damaged(), at(T_FILE), damaged(T_FILE)),
        row(
            "found damaged, not listed",
            FILE,
            hashed(FILE, "x").damaged(),
            TRUSTED,
            damaged(targetFile(-1, SECONDS, 0644))),
        row(
            "ctime only, no hash",
            TOUCHED,
            confirmed(FILE),
            TRUSTED,
            steps(new Adopt(PATH, TOUCHED, T_FILE))),
        row(
            "renumbered device",
            onDevice(FILE, 2),
            hashed(FILE, "x"),
            TRUSTED,
            steps(new Adopt(PATH, onDevice(FILE, 2), T_FILE))),
        row(
            "copy changed size",
            FILE,
            hashed(FILE, "x"),
            at(targetFile(6, SECONDS, 0644)),
            replaces(6, SECONDS).drift(true)),
        row(
            "copy changed in the same size",
            FILE,
            hashed(FILE, "x"),
            at(targetFile(5, SECONDS + 9, 0644)),
            replaces(5, SECONDS + 9).drift(true)),
        row(
            "copy changed mode",
            FILE,
            hashed(FILE, "x"),
            at(targetFile(5, SECONDS, 0666)),
            steps(new SetAttributes(PATH, FILE)).drift(true)),
        row(
            "record of another kind",
            FILE,
            confirmed(LINK),
            at(T_FILE),
            steps(new Adopt(PATH, FILE, T_FILE)).forget(true).drift(true)),
        row(
            "somebody put a link in its place",
            FILE,
            confirmed(FILE),
            at(T_LINK),
            steps(new Upload(PATH, FILE, T_LINK, null)).forget(true).drift(true)),
        // Symlinks.
        row("link unchanged", LINK, confirmed(LINK), TRUSTED, none),
        row("link found alike", LINK, null, at(T_LINK), steps(new Adopt(PATH, LINK, T_LINK))),
        row("link says something else", LINK, confirmed(link("old")), TRUSTED, steps(link)),
        row(
            "copy of a link changed",
            LINK,
            confirmed(LINK),
            at(link("evil").asTarget()),
            steps(link).drift(true)),
        row(
            "link time",
            LINK,
            null,
            at(new TargetEntry(EntryKind.SYMLINK, 0, 7, 0777, "to")),
            steps(new SetAttributes(PATH, LINK))),
        // Directories.
        row(
            "directory unchanged",
            DIRECTORY,
            confirmed(DIRECTORY),
            TRUSTED,
            none.goInto(TargetContents.COPY)),
        row(
            "directory found alike",
            DIRECTORY,
            null,
            at(T_DIRECTORY),
            steps(new Adopt(PATH, DIRECTORY, T_DIRECTORY)).goInto(TargetContents.COPY)),
        row(
            "directory mode",
            directory(0700),
            confirmed(DIRECTORY),
            TRUSTED,
            steps(new SetAttributes(PATH, directory(0700))).goInto(TargetContents.COPY)),
        row(
            "directory time",
            DIRECTORY,
            null,
            at(new TargetEntry(EntryKind.DIRECTORY, 0, 7, 0755, null)),
            steps(new SetAttributes(PATH, DIRECTORY, true)).goInto(TargetContents.COPY)),
        row(
            "directory not yet settled",
            DIRECTORY,
            confirmed(DIRECTORY).unsettled(),
            TRUSTED,
            steps(new SetAttributes(PATH, DIRECTORY, true)).goInto(TargetContents.COPY)),
        row(
            "directory settled unseen",
            DIRECTORY,
            confirmed(DIRECTORY).unsettled(),
            at(T_DIRECTORY),
            steps(new Adopt(PATH, DIRECTORY, T_DIRECTORY)).goInto(TargetContents.COPY)),
        row(
            "directory chmodded at the target",
            DIRECTORY,
            confirmed(DIRECTORY),
            at(directory(0777).asTarget()),
            steps(new SetAttributes(PATH, DIRECTORY)).goInto(TargetContents.COPY).drift(true)));
  }

  @Test
  void leavesTheTimeOfALinkWhereItCannotBeSet() {
    Differ differ = new Differ(new SyncRules(true, false, SyncRules.Exclusion.NONE));
    TargetEntry old = new TargetEntry(EntryKind.SYMLINK, 0, 7, 0777, "to");

    Difference found = differ.compare(PATH, LINK, confirmed(LINK), new TargetView.Listed(old));

    assertThat(found).isEqualTo(Difference.NONE);
  }

  @Test
  void keepsWhatIsExtraneousWithoutDelete() {
    Differ differ = new Differ(new SyncRules(false, true, SyncRules.Exclusion.NONE));

    assertThat(differ.compare(PATH, null, null, at(T_FILE))).isEqualTo(Difference.NONE.keep());
    assertThat(differ.compare(PATH, null, null, at(T_DIRECTORY))).isEqualTo(Difference.NONE.keep());
  }

  @Test
  void neverRemovesOrReplacesTheRoot() {
    Differ differ = new Differ(new SyncRules(true, true, SyncRules.Exclusion.NONE));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> differ.compare(RelPath.ROOT, null, null, at(T_DIRECTORY)));
    assertThat(differ.compare(RelPath.ROOT, DIRECTORY, null, at(T_LINK)))
        .isEqualTo(Difference.problem("the target is not a directory"));
  }

  private static Row row(
      String what,
      @Nullable SourceEntry source,
      @Nullable IndexEntry indexEntry,
      TargetView target,
      Difference expected) {
    return new Row(what, source, indexEntry, target, expected);
  }

  private static Difference steps(Step... steps) {
    return Difference.of(steps);
  }

  private static Difference replaces(long size, long mtimeSeconds) {
    return steps(new Upload(PATH, FILE, targetFile(size, mtimeSeconds, 0644), null));
  }

  private static Difference sent(SourceEntry source, @Nullable String unless) {
    return steps(new Upload(PATH, source, T_FILE, unless == null ? null : sha256(unless)));
  }

  private static Difference doubted(SourceEntry source) {
    return steps(new Upload(PATH, source, T_FILE, sha256("x"), Upload.Copy.DOUBTED));
  }

  private static Difference damaged(TargetEntry there) {
    return steps(new Upload(PATH, FILE, there, null, Upload.Copy.DAMAGED));
  }

  private static TargetView at(TargetEntry entry) {
    return new TargetView.Listed(entry);
  }

  private static SourceEntry with(SourceEntry file, long mtime, long ctime, long inode) {
    return new SourceEntry(
        file.kind(), file.size(), mtime, ctime, file.mode(), file.device(), inode, null);
  }

  private static SourceEntry onDevice(SourceEntry file, long device) {
    return new SourceEntry(
        file.kind(),
        file.size(),
        file.mtimeNanos(),
        file.ctimeNanos(),
        file.mode(),
        device,
        file.inode(),
        null);
  }
}
