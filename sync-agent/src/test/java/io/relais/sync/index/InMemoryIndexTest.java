package io.relais.sync.index;

final class InMemoryIndexTest extends MirrorIndexContract {
  @Override
  MirrorIndex open() {
    return new InMemoryIndex();
  }
}
