package io.relais.failover.engine;

import io.relais.failover.net.CertificateSummary;
import io.relais.failover.net.HttpTimings;
import io.relais.failover.probe.ProbeResult;
import io.relais.failover.probe.ProbeResult.Failure;
import io.relais.failover.probe.ProbeResult.Status;
import io.relais.failover.probe.ProbeSpec;
import io.relais.failover.probe.Prober;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/**
 * Everything is up but what the test says; places are addresses, or names of probes. One probe at
 * an address is down by {@code ADDRESS NAME}.
 */
public final class FakeProber implements Prober {
  private final Map<String, Status> failures = new ConcurrentHashMap<>();
  private final Map<String, IntPredicate> flaky = new ConcurrentHashMap<>();
  private final Map<String, Instant> ending = new ConcurrentHashMap<>();
  private final Map<String, Instant> renewed = new ConcurrentHashMap<>();
  private final Map<String, CertificateSummary> shown = new ConcurrentHashMap<>();
  private volatile Consumer<String> before = _ -> {};
  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private final List<String> calls = new CopyOnWriteArrayList<>();

  public void down(String place) {
    down(place, Status.TIMEOUT);
  }

  void down(String place, Status status) {
    failures.put(place, status);
  }

  void up(String place) {
    failures.remove(place);
    flaky.remove(place);
  }

  /** Fails in those of the calls from now on, counted from 1, of which the test says so. */
  void flaky(String place, IntPredicate fails) {
    calls.removeIf(place::equals);
    flaky.put(place, fails);
  }

  /** The certificate there ends soon. */
  void ending(String place, Instant end) {
    ending.put(place, end);
  }

  /** This certificate is served there. */
  void shows(String place, CertificateSummary certificate) {
    shown.put(place, certificate);
  }

  private static CertificateSummary certificate(Instant end) {
    return new CertificateSummary("until " + end, end.minus(Duration.ofDays(90)), end);
  }

  /** The certificate there was renewed. */
  void lasting(String place, Instant end) {
    ending.remove(place);
    renewed.put(place, end);
  }

  /** Whether it was asked since the last {@link #forget}. */
  boolean wasAsked(String place) {
    return asked.contains(place);
  }

  void forget() {
    asked.clear();
  }

  /** How often it was asked. */
  long calls(String place) {
    return calls.stream().filter(place::equals).count();
  }

  /** Called before each probe, with its place; may throw. */
  void before(Consumer<String> call) {
    before = call;
  }

  @Override
  public ProbeResult probe(ProbeSpec spec, Optional<InetAddress> at) {
    String place = at.map(InetAddress::getHostAddress).orElse(spec.name());
    before.accept(place);
    asked.add(place);
    Optional<Status> kind =
        failure(place).or(() -> Optional.ofNullable(failures.get(place + " " + spec.name())));
    return new ProbeResult(
        spec.name(),
        place,
        kind.map(what -> new Failure(what, "no good answer (" + what + ")")),
        HttpTimings.whole(Duration.ofMillis(5)),
        Optional.empty(),
        Optional.ofNullable(shown.get(place))
            .or(() -> Optional.ofNullable(ending.get(place)).map(FakeProber::certificate))
            .or(() -> Optional.ofNullable(renewed.get(place)).map(FakeProber::certificate)),
        ending.containsKey(place));
  }

  private synchronized Optional<Status> failure(String place) {
    calls.add(place);
    int number = (int) calls.stream().filter(place::equals).count();
    boolean fails = flaky.containsKey(place) && flaky.get(place).test(number);
    return Optional.ofNullable(failures.get(place))
        .or(() -> fails ? Optional.of(Status.TIMEOUT) : Optional.empty());
  }
}
