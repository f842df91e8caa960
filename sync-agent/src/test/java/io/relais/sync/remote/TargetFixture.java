package io.relais.sync.remote;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.sync.entry.TargetEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.SyncTarget.Staged;
import io.relais.sync.remote.TargetException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A target of its own for each test, and what the tests of the contract share. */
public abstract class TargetFixture {
  static final long TIME = 1_700_000_001L;

  final AtomicInteger losses = new AtomicInteger();
  final TemporaryNameGenerator names = new TemporaryNameGenerator("contract");
  TargetConnector link;
  SyncTarget target;

  /** A link to a place that is not there yet; the directory above it is. */
  protected abstract TargetConnector newLink(TemporaryNameGenerator names) throws Exception;

  /** The same, on a disk with room for about 4 MiB. */
  protected abstract TargetConnector newSmallLink(TemporaryNameGenerator names) throws Exception;

  /** Breaks all connections that there are; new ones are possible. */
  protected abstract void cutConnections() throws Exception;

  /**
   * Whether it is a Linux disk: it keeps setuid, setgid and sticky bits, and what a symlink says to
   * the last slash, and its names end at 255 bytes.
   */
  protected abstract boolean isLinuxDisk();

  /** Whether the server keeps even the owner to the modes. */
  protected abstract boolean enforcesModes();

  @BeforeEach
  void connect() throws Exception {
    link = newLink(names);
    target = link.open(losses::incrementAndGet);
    assertThat(target.enter(SyncTarget.Session.MIRROR)).isNull();
    target.make(new RemoteChange.MakeDirectory(RelPath.ROOT, 0755));
  }

  @AfterEach
  void disconnect() {
    target.close();
  }

  static RelPath path(String latin1) {
    return RelPath.ofLatin1(latin1);
  }

  Staged stage(String path, byte[] content, int mode) throws IOException {
    return target.stage(path(path), TestContent.of(content), TIME, mode, content.length).await();
  }

  void put(String path, byte[] content) throws IOException {
    publish(stage(path, content, 0644));
  }

  void put(String path, String content) throws IOException {
    put(path, content.getBytes(UTF_8));
  }

  void putLink(String path, String text) throws IOException {
    publish(target.stageSymlink(path(path), text, TIME));
  }

  void publish(Staged... staged) throws IOException {
    assertThat(target.publish(List.of(staged), SyncTarget.PublishOrder.GIVEN))
        .allMatch(Optional::isEmpty);
  }

  /** Either may refuse it. */
  void stageAndPublish(String path) throws IOException {
    Optional<TargetException> refusal =
        target
            .publish(List.of(stage(path, new byte[1], 0644)), SyncTarget.PublishOrder.GIVEN)
            .getFirst();
    if (refusal.isPresent()) {
      throw refusal.get();
    }
  }

  byte[] read(String path) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    target.read(path(path), Long.MAX_VALUE, bytes::write);
    return bytes.toByteArray();
  }

  TargetEntry at(String path) throws IOException {
    return requireNonNull(target.stat(path(path)), path);
  }

  static void assertRefused(Reason reason, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            TargetException.class,
            e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
  }
}
