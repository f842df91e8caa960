package io.relais.failover.observe;

import static com.google.common.collect.ImmutableList.toImmutableList;

import io.relais.common.DurationFormat;
import io.relais.failover.config.CertificateConfig;
import io.relais.failover.process.BoundedProgram;
import io.relais.failover.process.BoundedProgram.Run;
import io.relais.failover.state.PersistentState;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Before a switch, has the backup's web server load the certificate that lies in the copy, where
 * only that is missing; once for each certificate. For one thread.
 */
public final class CertificateReload {
  private static final Logger log = LoggerFactory.getLogger(CertificateReload.class);
  private static final int LARGEST_OUTPUT = 64 * 1024;

  /** A web server may take a moment after the command has ended. */
  private static final int LOOKS = 6;

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

  private final CertificateConfig config;
  private final BackupCheck backup;

  public CertificateReload(CertificateConfig config, BackupCheck backup) {
    this.config = config;
    this.backup = backup;
  }

  /** The backup's own serving as it is then, and what to remember. */
  record Reloaded(SiteCheckResult own, PersistentState memory) {}

  /**
   * Runs the command if it is time. Blocks for its time limit, and some seconds.
   *
   * @param own the backup's own serving as it was seen
   * @param wanted whether the round may come to a switch
   */
  Reloaded look(SiteCheckResult own, PersistentState memory, boolean wanted)
      throws InterruptedException {
    Optional<String> missing =
        config.reloadCommand().isEmpty() ? Optional.empty() : backup.onlyReloadMissing(own);
    if (missing.isEmpty()) {
      return new Reloaded(own, memory);
    }
    if (memory.reloaded().equals(missing)) {
      return new Reloaded(remarked(own, "the reload command was run, and has not helped"), memory);
    }
    if (!wanted) {
      return new Reloaded(own, memory);
    }
    log.info(
        "the backup serves an older certificate than the copy has: running {}",
        config.reloadCommand().getFirst());
    Optional<String> failure = run();
    SiteCheckResult after = lookAgain();
    if (after.up()) {
      log.info("the backup serves the copy's certificate now");
    } else {
      String remark = failure.orElse("the reload command was run, and has not helped");
      log.warn("{}", remark);
      after = remarked(after, remark);
    }
    return new Reloaded(after, memory.withReloaded(missing));
  }

  /** Why it failed, for people; empty if it didn't. */
  private Optional<String> run() throws InterruptedException {
    try {
      Run run =
          new BoundedProgram(config.reloadCommand(), config.reloadTimeout(), LARGEST_OUTPUT)
              .run(new byte[0]);
      return switch (run.ending()) {
        case EXITED ->
            run.exitCode() == 0
                ? Optional.empty()
                : Optional.of(
                    "the reload command ended with exit code "
                        + run.exitCode()
                        + (run.errors().isEmpty() ? "" : ": " + run.errors()));
        case TIMED_OUT ->
            Optional.of(
                "the reload command did not end within %s, and was killed"
                    .formatted(DurationFormat.of(config.reloadTimeout())));
        case TOO_MUCH_OUTPUT -> Optional.of("the reload command wrote without end, and was killed");
      };
    } catch (IOException e) {
      return Optional.of(
          "the reload command can't be started: check that it is there and executable");
    }
  }

  private SiteCheckResult lookAgain() throws InterruptedException {
    SiteCheckResult look = backup.look();
    for (int looks = 1; looks < LOOKS && backup.onlyReloadMissing(look).isPresent(); looks++) {
      Thread.sleep(BETWEEN_LOOKS);
      look = backup.look();
    }
    return look;
  }

  private static SiteCheckResult remarked(SiteCheckResult own, String remark) {
    return new SiteCheckResult(
        own.up(),
        own.results().stream().map(result -> result.withRemark(remark)).collect(toImmutableList()));
  }
}
