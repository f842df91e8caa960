package io.relais.sync.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.plan.Summary;
import io.relais.sync.transfer.TransferProgress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ProgressDisplayTest {
  @Test
  void tellsNoTimeLeftFromBytesTooFewToShow() {
    TransferProgress transferProgress =
        new TransferProgress(new Summary(3001, 30_010, 30_010, 0, 0, 0, 0), 0);

    assertThat(ProgressDisplay.describe(transferProgress, Duration.ofSeconds(10).toNanos()))
        .isEqualTo("0 of 3,001 files, 0.0 of 0.0 MB, 0.0 kB/s");
  }
}
