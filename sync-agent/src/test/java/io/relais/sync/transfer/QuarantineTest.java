package io.relais.sync.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.CopyQuarantine;
import io.relais.sync.remote.ForwardingTarget;
import io.relais.sync.remote.InMemoryTarget;
import io.relais.sync.remote.RemoteChange;
import io.relais.sync.remote.SyncTarget.ContentSink;
import io.relais.sync.remote.SyncTarget.Pending;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is put into the quarantine, and what is deleted. */
final class QuarantineTest {
  private static final Instant NOW = Instant.parse("2026-11-23T04:00:00Z");
  private static final SourceEntry SENT =
      new SourceEntry(EntryKind.FILE, 1, 0, 1, 0644, 1, 1, null);

  private final InMemoryTarget copy = InMemoryTarget.empty();
  private final FakeQuarantine quarantine = new FakeQuarantine();
  private final Map<RelPath, IndexEntry> index = new HashMap<>();

  private QuarantiningTarget target() {
    return new QuarantiningTarget(
        new ForwardingTarget(copy) {
          @Override
          public CopyQuarantine quarantine() {
            return quarantine;
          }
        },
        "site",
        index::get,
        Optional.of(Duration.ofDays(30)),
        InstantSource.fixed(NOW));
  }

  private static RelPath path(String path) {
    return RelPath.ofLatin1(path);
  }

  private static RemoteChange remove(String path) {
    return new RemoteChange.RemoveFile(path(path));
  }

  private void known(String path) {
    index.put(path(path), new IndexEntry(SENT, SENT.asTarget(), null));
  }

  @Test
  void takesOnlyWhatWasNeverSent() throws IOException {
    known("sent");
    List<Pending> pending =
        target()
            .begin(
                List.of(
                    remove("sent"),
                    remove("d/made"),
                    remove("d/.relais-0123abcd-0123456789ab"),
                    remove(".relais-0123abcd-0123456789ab/x"),
                    new RemoteChange.RemoveDirectory(path("d"))));
    for (Pending each : pending) {
      each.await();
    }

    assertThat(pending).hasSize(5);
    assertThat(quarantine.put).containsExactly("20261123T040000Z/d/made");
  }

  /** A refusal of one is one of that step alone; nothing is deleted for it. */
  @Test
  void deletesNothingThatItCouldNotTake() throws IOException {
    quarantine.refusal = new TargetException(Reason.PERMISSION_DENIED, "denied");
    copy.make(new RemoteChange.MakeDirectory(path("d"), 0755));
    List<Pending> pending = target().begin(List.of(remove("made")));

    assertThat(pending).hasSize(1);
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> pending.getFirst().await())
        .isInstanceOf(TargetException.class);
  }

  @Test
  void deletesWhereThereCanBeNone() throws IOException {
    quarantine.refusal = new TargetException(Reason.UNSUPPORTED, "there is nothing beside /");
    QuarantiningTarget target = target();

    target.make(remove("made"));
    target.make(remove("other"));

    assertThat(quarantine.put).isEmpty();
    assertThat(quarantine.asked).isEqualTo(1);
    assertThat(copy.disk().count(io.relais.sync.remote.InMemoryDisk.Operation.REMOVE_FILE))
        .isEqualTo(2);
  }

  @Test
  void removesWhatIsTooOldAndNothingElse() throws IOException {
    quarantine.entries.put(path("20261001T000000Z"), TargetEntryOf.DIRECTORY);
    quarantine.entries.put(path("20261001T000000Z/d"), TargetEntryOf.DIRECTORY);
    quarantine.entries.put(path("20261001T000000Z/d/old"), SENT.asTarget());
    quarantine.entries.put(path("20261101T000000Z"), TargetEntryOf.DIRECTORY);
    quarantine.entries.put(path("20261101T000000Z/young"), SENT.asTarget());
    quarantine.entries.put(path("of somebody"), SENT.asTarget());

    target().listing(RelPath.ROOT).close();

    assertThat(quarantine.entries.keySet())
        .containsExactlyInAnyOrder(
            path("20261101T000000Z"), path("20261101T000000Z/young"), path("of somebody"));
  }

  /** Entries for it. */
  private static final class TargetEntryOf {
    static final TargetEntry DIRECTORY = new TargetEntry(EntryKind.DIRECTORY, 0, 0, 0700, null);
  }

  /** One in memory. */
  private static final class FakeQuarantine implements CopyQuarantine {
    final List<String> put = new ArrayList<>();
    final Map<RelPath, TargetEntry> entries = new TreeMap<>();
    @Nullable TargetException refusal;
    int asked;

    @Override
    public void put(RelPath path, String date) throws IOException {
      asked++;
      if (refusal != null) {
        throw refusal;
      }
      put.add(date + "/" + path);
    }

    @Override
    public Map<String, TargetEntry> list(RelPath directory) {
      Map<String, TargetEntry> found = new TreeMap<>();
      entries.forEach(
          (path, entry) -> {
            if (path.parent().equals(directory)) {
              found.put(path.name(), entry);
            }
          });
      return found;
    }

    @Override
    public boolean read(RelPath file, long most, ContentSink sink) {
      return true;
    }

    @Override
    public void remove(RelPath path, EntryKind kind) {
      assertThat(entries.keySet()).noneMatch(each -> !each.equals(path) && each.startsWith(path));
      entries.remove(path);
    }
  }
}
