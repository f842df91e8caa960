package io.relais.failover.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of commands on a scene of their own for each. */
abstract class SceneTestCase {
  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  Scene scene;

  @BeforeEach
  void open() throws IOException {
    scene = Scene.open(folder);
  }

  @AfterEach
  void close() throws IOException {
    scene.close();
  }
}
