package io.relais.failover.engine;

import static io.relais.failover.engine.Stage.PRODUCTION;
import static org.assertj.core.api.Assertions.assertThat;

import io.relais.failover.decide.Observation.Command;
import io.relais.failover.decide.Phase;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.dns.InMemoryZone.Interceptor;
import io.relais.failover.notify.Notice.Topic;
import io.relais.failover.probe.ProbeResult;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * What happens on a stage and what must follow, as one chain: set the stage first, then {@link
 * #start} or {@link #calm}. What is expected of a round is expected of the last one.
 */
final class Scenario {
  private final Stage stage;

  @SuppressWarnings("NullAway.Init")
  private Stage.Run run;

  @SuppressWarnings("NullAway.Init")
  private Watcher.RoundOutcome last;

  Scenario(Stage stage) {
    this.stage = stage;
  }

  /** The program starts, or starts again. */
  Scenario start() throws IOException {
    run = stage.start();
    return this;
  }

  /** The program has started, and has seen in three rounds that all is well. */
  Scenario calm() throws IOException, InterruptedException {
    return start().rounds(3);
  }

  /** Production does not answer, in time, from now on. */
  Scenario outage() {
    return down(PRODUCTION);
  }

  Scenario recovery() {
    return up(PRODUCTION);
  }

  Scenario down(String... places) {
    for (String place : places) {
      stage.prober.down(place);
    }
    return this;
  }

  Scenario down(String place, ProbeResult.Status status) {
    stage.prober.down(place, status);
    return this;
  }

  Scenario up(String... places) {
    for (String place : places) {
      stage.prober.up(place);
    }
    return this;
  }

  /** Every call of this kind to the provider fails from now on. */
  Scenario providerFails(Call call, DnsProviderException.Cause cause) {
    return providerFails(call, cause, Optional.empty());
  }

  /** The same; and the provider says when it may be asked again. */
  Scenario providerFails(Call call, DnsProviderException.Cause cause, Optional<Duration> after) {
    return providerFails(
        call, new DnsProviderException(cause, "as the test wants it", after, null));
  }

  /** The same, with these words. */
  Scenario providerFails(Call which, DnsProviderException failure) {
    stage.zone.intercept(
        new Interceptor() {
          @Override
          public void before(Call call) throws DnsProviderException {
            if (call == which) {
              throw failure;
            }
          }
        });
    return this;
  }

  Scenario providerWorks() {
    stage.zone.intercept(new Interceptor() {});
    return this;
  }

  Scenario round() throws InterruptedException {
    last = run.round();
    return this;
  }

  Scenario rounds(int count) throws InterruptedException {
    last = run.rounds(count);
    return this;
  }

  Scenario lasting(Duration time) throws InterruptedException {
    last = run.lasting(time);
    return this;
  }

  /** Rounds until the phase is there; fails after two hundred. */
  Scenario until(Phase phase) throws InterruptedException {
    last = run.until(phase);
    return this;
  }

  /** A round with an operator's command. */
  Scenario command(Command command) throws InterruptedException {
    last = run.round(command);
    return this;
  }

  /** The state is written down, as when the program ends. */
  Scenario saved() {
    run.watcher().saveNow();
    return this;
  }

  /** What the last round came to, for what is expected of few. */
  Watcher.RoundOutcome outcome() {
    return last;
  }

  Scenario expectPhase(Phase phase) {
    assertThat(last.phase()).as(last.reason()).contains(phase);
    return this;
  }

  Scenario expectReason(String... parts) {
    assertThat(last.reason()).contains(parts);
    return this;
  }

  /** The command was refused for this reason, and the phase is as it was. */
  Scenario expectRefused(Phase phase, String reason) {
    assertThat(last.refused()).isTrue();
    return expectPhase(phase).expectReason(reason);
  }

  /** What the name servers show. */
  Scenario expectRecords(String addresses) {
    assertThat(stage.records()).isEqualTo(addresses);
    return this;
  }

  /** These notices since the stage was set, in this order, and no others. */
  Scenario expectNotices(Topic... topics) {
    assertThat(stage.told()).containsExactly(topics);
    return this;
  }

  /** Notices of this kind, and of no other. */
  Scenario expectOnlyNoticesOf(Topic topic) {
    assertThat(stage.told()).containsOnly(topic);
    return this;
  }
}
