package io.relais.failover.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.testbed.web.FakeServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A receiver of notices that takes the connection and never answers. */
final class HangingNotifierTest {
  @TempDir private Path folder;

  @Test
  void delaysNoSwitchAndIsToldByALaterRun() throws Exception {
    try (Scene scene = Scene.open(folder);
        FakeServer hanging = FakeServer.start(FakeServer.mute())) {
      scene.edit("[[notify.webhook]]", "[notify]\ntimeout = \"5s\"\n[[notify.webhook]]");
      scene.secret("hook.url", "http://127.0.0.1:" + hanging.port() + "/" + Scene.HOOK_KEY);
      scene.productionAnswers(500);

      Scene.Said check = scene.run("check");

      assertThat(check.code()).as(check.all()).isEqualTo(Exit.SWITCHED.code());
      assertThat(hanging.connections()).isPositive();
      assertThat(queued(scene)).isEqualTo(1);
      // The receiver was given its time only when all was done.
      assertThat(Duration.between(switched(scene), Instant.now()))
          .isGreaterThan(Duration.ofSeconds(4));

      scene.secret("hook.url", "http://127.0.0.1:" + scene.webhook.port() + "/" + Scene.HOOK_KEY);
      assertThat(scene.run("check").code()).isEqualTo(Exit.SWITCHED.code());
      assertThat(scene.webhook.received())
          .singleElement()
          .satisfies(request -> assertThat(request.body()).contains("\"switched\""));
      assertThat(queued(scene)).isZero();
    }
  }

  private static long queued(Scene scene) throws IOException {
    try (Stream<Path> files = Files.list(scene.state().resolve("notices/queue"))) {
      return files.count();
    }
  }

  /** When the journal's last step was written. */
  private static Instant switched(Scene scene) throws IOException {
    return Files.getLastModifiedTime(scene.state().resolve("journal.json")).toInstant();
  }
}
