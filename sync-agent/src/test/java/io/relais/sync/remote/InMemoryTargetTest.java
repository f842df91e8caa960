package io.relais.sync.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.relais.sync.path.RelPath;
import io.relais.sync.remote.InMemoryDisk.Operation;
import io.relais.sync.remote.TargetException.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;

final class InMemoryTargetTest extends SyncTargetContract {
  private final InMemoryDisk disk = new InMemoryDisk();

  @Override
  protected TargetConnector newLink(TemporaryNameGenerator names) {
    disk.removeRoot();
    return disk.link(names);
  }

  @Override
  protected TargetConnector newSmallLink(TemporaryNameGenerator names) {
    return new InMemoryDisk(4 << 20).link(names);
  }

  @Override
  protected void cutConnections() {
    disk.loseConnections();
  }

  @Override
  protected boolean isLinuxDisk() {
    return true;
  }

  @Override
  protected boolean enforcesModes() {
    return true;
  }

  @Test
  void failsOnceWhereATestWantsIt() throws Exception {
    InMemoryTarget target = InMemoryTarget.empty();
    RelPath path = RelPath.ofLatin1("file");
    target.failNext(Operation.STAGE_FILE, path, Reason.NO_SPACE);
    target.failNext(Operation.PUBLISH, path, Reason.PERMISSION_DENIED);
    assertThatThrownBy(() -> target.stage(path, TestContent.of(new byte[1]), 1, 0644, 1).await())
        .isInstanceOfSatisfying(
            TargetException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));
    var staged = target.stage(path, TestContent.of(new byte[1]), 1, 0644, 1).await();
    assertThat(target.publish(List.of(staged), SyncTarget.PublishOrder.GIVEN).getFirst())
        .isPresent();
    assertThat(target.disk().snapshot()).isEmpty();
    assertThat(target.disk().count(Operation.STAGE_FILE)).isEqualTo(2);
  }

  @Test
  void isReachedWhenATestWantsIt() throws Exception {
    InMemoryDisk other = new InMemoryDisk();
    other.unreachable(true);
    TargetConnector link = other.link(new TemporaryNameGenerator("x"));
    assertThatThrownBy(() -> link.open(() -> {})).isInstanceOf(TargetUnavailableException.class);
    other.unreachable(false);
    assertThat(link.open(() -> {}).isOpen()).isTrue();
  }
}
