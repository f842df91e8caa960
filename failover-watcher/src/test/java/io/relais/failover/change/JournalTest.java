package io.relais.failover.change;

import static io.relais.failover.change.ChangeBed.FIRST;
import static io.relais.failover.change.ChangeBed.SECOND;
import static io.relais.failover.change.ChangeBed.moved;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.relais.failover.change.PendingChange.Progress;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.dns.InMemoryZone.Interceptor;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JournalTest {
  @TempDir private Path directory;
  private ChangeBed bed;

  @BeforeEach
  void start() {
    bed = new ChangeBed(directory);
  }

  /** A journal with something in every field. */
  private byte[] full() throws Exception {
    bed.open().begin(ChangeKind.SWITCH, FIRST);
    bed.zone.deploysAtOnce(false);
    bed.open().begin(ChangeKind.FOLLOW, SECOND);
    assertThat(bed.open().journal())
        .satisfies(state -> assertThat(state.underWay()).isPresent())
        .satisfies(state -> assertThat(state.last()).isPresent());
    return Files.readAllBytes(bed.file);
  }

  @Test
  void saysOfSomethingElseThatItIsNotAJournal() throws IOException {
    assertRefused("\"garbage\"".getBytes(UTF_8), "it is not a journal");
    assertRefused(new byte[0], "it is empty");
  }

  @Test
  void readsWhatItWrote() throws Exception {
    byte[] content = full();
    JournalState state = RecordChanger.read(bed.file).orElseThrow();
    Journal.open(bed.file).commit(state);
    assertThat(Files.readAllBytes(bed.file)).isEqualTo(content);
    assertThat(RecordChanger.read(bed.file)).contains(state);
    assertThat(state.backups()).containsExactly("198.51.100.20", "198.51.100.77", "2001:db8:b::77");
  }

  @Test
  void isReadableByItsOwnerOnly() throws Exception {
    full();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(bed.file)))
        .isEqualTo("rw-------");
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(bed.file);
    }
  }

  @Test
  void refusesEveryFileThatWasCutShort() throws Exception {
    byte[] content = full();
    for (int length = 0; length < content.length; length++) {
      assertRefused(Arrays.copyOf(content, length), "is damaged");
    }
  }

  @Test
  void refusesEveryFlippedBit() throws Exception {
    byte[] content = full();
    for (int bit = 0; bit < content.length * 8; bit++) {
      byte[] flipped = content.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      assertRefused(flipped, "the journal");
    }
  }

  @Test
  void refusesWhatANewerProgramWrote() throws Exception {
    String content = new String(full(), UTF_8);
    assertRefused(
        content.replaceFirst("\"version\" : 1", "\"version\" : 2").getBytes(UTF_8),
        "was written by a newer failover-watcher (version 2");
  }

  private void assertRefused(byte[] content, String message) throws IOException {
    Files.write(bed.file, content);
    assertThatThrownBy(bed::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("no record is changed");
    assertThat(Files.readAllBytes(bed.file)).isEqualTo(content);
  }

  @Test
  void goesOnAfterAKillInTheMiddleOfWriting() throws Exception {
    full();
    JournalState state = RecordChanger.read(bed.file).orElseThrow();
    Files.writeString(directory.resolve("change.json.tmp"), "{\"half");
    assertThat(bed.open().journal()).isEqualTo(state);
    bed.zone.deploy();
    assertThat(bed.open().advance()).isInstanceOf(Outcome.Verified.class);
  }

  @Test
  void hasTheIntentOnDiskBeforeTheFirstChange() throws Exception {
    RecordChanger changer = bed.open();
    var found = bed.zone.stored();
    bed.zone.intercept(
        new Interceptor() {
          @Override
          public void before(Call call) {
            if (call == Call.WRITE || call == Call.PUBLISH) {
              assertThat(onDisk().underWay()).isPresent();
              assertThat(onDisk().original()).containsAllEntriesOf(site(found));
              assertThat(onDisk()).isEqualTo(changer.journal());
            }
          }
        });
    assertThat(changer.begin(ChangeKind.SWITCH, FIRST)).isInstanceOf(Outcome.Verified.class);
    assertThat(changer.begin(ChangeKind.FAIL_BACK, FIRST)).isInstanceOf(Outcome.Verified.class);
  }

  private static Map<RecordKey, RrSet> site(ImmutableMap<RecordKey, RrSet> all) {
    return Maps.filterKeys(all, key -> !key.name().startsWith("mail"));
  }

  private JournalState onDisk() {
    try {
      return RecordChanger.read(bed.file).orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void changesNothingWhenTheIntentCannotBeWritten() throws Exception {
    RecordChanger changer = bed.open();
    var found = bed.zone.stored();
    // The draft can't be made, by root neither: there is a directory in its place.
    blockWriting();
    int calls = bed.zone.calls();
    assertThatThrownBy(() -> changer.begin(ChangeKind.SWITCH, FIRST))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("change.json can't be written");
    assertThat(bed.zone.stored()).isEqualTo(found);
    assertThat(bed.zone.calls() - calls).as("reads one set for each zone").isEqualTo(2);
    assertThat(changer.underWay()).isEmpty();
    assertThat(changer.advance()).isEqualTo(new Outcome.Idle());
    allowWriting();
    assertThat(changer.begin(ChangeKind.SWITCH, FIRST)).isInstanceOf(Outcome.Verified.class);
  }

  private void blockWriting() throws IOException {
    Files.createDirectories(directory.resolve("change.json.tmp").resolve("full"));
  }

  private void allowWriting() throws IOException {
    Files.delete(directory.resolve("change.json.tmp").resolve("full"));
    Files.delete(directory.resolve("change.json.tmp"));
  }

  @Test
  void tellsOfAJournalThatFillsUpAfterTheIntentAndGoesOnFromIt() throws Exception {
    RecordChanger changer = bed.open();
    var found = bed.zone.stored();
    bed.zone.intercept(
        new Interceptor() {
          @Override
          public void before(Call call) throws DnsProviderException {
            if (call == Call.WRITE) {
              bed.zone.intercept(new Interceptor() {});
              try {
                blockWriting();
              } catch (IOException e) {
                throw DnsProviderException.refused("the test is wrong", e);
              }
            }
          }
        });
    assertThat(changer.begin(ChangeKind.SWITCH, FIRST))
        .isInstanceOfSatisfying(
            Outcome.Published.class,
            out -> assertThat(out.detail()).contains("show it", "can't be written"));
    assertThat(bed.zone.served("ns1")).isEqualTo(moved(found, bed.settings, FIRST));
    assertThat(changer.underWay()).as("until it is written").contains(ChangeKind.SWITCH);
    assertThat(onDisk().underWay().orElseThrow().progress()).isEqualTo(new Progress.Intended());
    allowWriting();
    RecordChanger again = bed.open();
    assertThat(bed.finish(again, again.advance())).isInstanceOf(Outcome.Verified.class);
    assertThat(changer.advance()).isInstanceOf(Outcome.Verified.class);
    assertThat(bed.open().begin(ChangeKind.FAIL_BACK, FIRST)).isInstanceOf(Outcome.Verified.class);
    assertThat(bed.zone.stored()).isEqualTo(found);
  }

  @Test
  void doesNotTurnAChangeRoundThatItCannotWrite() throws Exception {
    bed.zone.deploysAtOnce(false);
    RecordChanger changer = bed.open();
    changer.begin(ChangeKind.SWITCH, FIRST);
    var applied = bed.zone.stored();
    blockWriting();
    assertThatThrownBy(changer::undo).isInstanceOf(IOException.class);
    assertThat(bed.zone.stored()).isEqualTo(applied);
    assertThat(changer.journal().underWay().orElseThrow().undoing()).isFalse();
  }

  @Test
  void looksButBeginsNothingWhereItCannotWrite() throws Exception {
    blockWriting();
    RecordChanger changer = bed.open();
    assertThatThrownBy(() -> changer.begin(ChangeKind.SWITCH, FIRST))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("can't be written");
    assertThat(Files.exists(bed.file)).isFalse();
  }

  @Test
  void tellsOfAFullDisk() throws Exception {
    Configuration small =
        Configuration.unix().toBuilder().setBlockSize(64).setMaxSize(1024).build();
    try (var files = Jimfs.newFileSystem(small)) {
      Path file = files.getPath("/change.json");
      assertThatThrownBy(() -> Journal.open(file).commit(bigState()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("look at the free space");
      assertThat(Files.exists(file)).isFalse();
    }
  }

  private JournalState bigState() throws Exception {
    full();
    return onDisk();
  }
}
