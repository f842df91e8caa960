package io.relais.sync.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.common.ExitCode;
import io.relais.sync.remote.TargetUnavailableException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class CommandLinesTest {
  @Test
  void eachKindOfFailureHasItsExitCode() {
    assertThat(CommandLines.codeOf(new TargetUnavailableException("away")))
        .isEqualTo(ExitCode.UNAVAILABLE);
    assertThat(CommandLines.codeOf(new IOException("disk"))).isEqualTo(ExitCode.PARTIAL);
    assertThat(CommandLines.codeOf(new IllegalStateException("defect")))
        .isEqualTo(ExitCode.INTERNAL);
  }
}
