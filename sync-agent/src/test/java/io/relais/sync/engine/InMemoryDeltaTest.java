package io.relais.sync.engine;

import io.relais.sync.target.InMemoryDisk;
import io.relais.sync.target.TargetLink;
import io.relais.sync.target.TemporaryNamer;
import org.junit.jupiter.api.Nested;

final class InMemoryDeltaTest {
  @Nested
  final class WhereRangesCanBeCopied extends DeltaMirrorContract {
    @Override
    protected TargetLink newLink(TemporaryNamer names) {
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
    protected TargetLink newLink(TemporaryNamer names) {
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
