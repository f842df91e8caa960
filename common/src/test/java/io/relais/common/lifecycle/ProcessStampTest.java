package io.relais.common.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

final class ProcessStampTest {
  private static final long OWN = ProcessHandle.current().pid();

  @Test
  void knowsThisProcess() {
    assertThat(ProcessStamp.isRunning(OWN, ProcessStamp.current())).isTrue();
    assertThat(ProcessStamp.isRunning(OWN, "")).isTrue();
  }

  @Test
  void takesNoOtherForItThatHasTheSameId() {
    String stamp = ProcessStamp.current();
    assertThat(stamp).matches("[0-9a-f-]{36}/[0-9]+");
    assertThat(ProcessStamp.isRunning(OWN, stamp + "1")).isFalse();
  }

  @Test
  void oneThatHasEndedDoesNotRun() throws IOException, InterruptedException {
    Process ended = new ProcessBuilder("true").start();
    assertThat(ended.waitFor()).isZero();
    assertThat(ProcessStamp.isRunning(ended.pid(), "")).isFalse();
  }
}
