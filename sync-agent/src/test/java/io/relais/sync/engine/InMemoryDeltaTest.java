package io.relais.sync.engine;

import io.relais.sync.remote.InMemoryDisk;
import io.relais.sync.remote.TargetConnector;
import io.relais.sync.remote.TemporaryNameGenerator;
import org.junit.jupiter.api.Nested;

final class InMemoryDeltaTest {
  @Nested
  final class WhereRangesCanBeCopied extends DeltaMirrorContract {
    @Override
    protected TargetConnector newLink(TemporaryNameGenerator names) {
      return new InMemoryDisk().link(names);
    }

    @Override
    protected boolean copies() {
      return true;
    }
  }

  @Nested
  final class WhereTheyCanNot extends DeltaMirrorContract {
    @Override
    protected TargetConnector newLink(TemporaryNameGenerator names) {
      InMemoryDisk disk = new InMemoryDisk();
      disk.copiesRanges(false);
      return disk.link(names);
    }

    @Override
    protected boolean copies() {
      return false;
    }
  }
}
