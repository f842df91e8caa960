package io.relais.failover.observe;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import io.relais.failover.change.BackupAddresses;
import io.relais.failover.config.BackupConfig;
import io.relais.failover.config.VantageConfig;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.observe.VantageCheck.Opinion;
import io.relais.failover.observe.VantageCheck.VantageOpinion;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Asks others whether they reach the backup from outside, at its public address: that it serves the
 * site to itself does not tell that its router lets anybody in. For any number of threads.
 */
public final class OutsideCheck {
  /** Beyond are codes of shells for programs that are not there, of signals, and ssh's own 255. */
  private static final int LAST_OF_A_PROGRAM = 125;

  private final ImmutableList<VantageConfig> vantages;
  private final HttpCaller http;

  public OutsideCheck(ImmutableList<VantageConfig> vantages, HttpCaller http) {
    this.vantages = vantages;
    this.http = http;
  }

  /**
   * What they said.
   *
   * @param address where they looked; empty if nobody was asked
   */
  public record OutsideViews(ImmutableList<VantageOpinion> said, String address) {
    static final OutsideViews NONE = new OutsideViews(ImmutableList.of(), "");

    /** Why the backup can't take over: one can't reach it, and no other can. */
    public Optional<String> problem() {
      List<String> against = names(Opinion.DOWN);
      return against.isEmpty() || !names(Opinion.UP).isEmpty()
          ? Optional.empty()
          : Optional.of(
              "the backup can't be reached from outside at %s (by %s): look at its router and its"
                      .formatted(address, String.join(", ", against))
                  + " firewall");
    }

    private List<String> names(Opinion opinion) {
      return said.stream()
          .filter(one -> one.opinion() == opinion)
          .map(VantageOpinion::name)
          .toList();
    }

    /** For people, in one line. */
    public String describe() {
      return said.stream()
          .map(one -> one.name() + ": " + one.opinion().name().toLowerCase(Locale.ROOT))
          .collect(Collectors.joining("; "));
    }
  }

  boolean isEmpty() {
    return vantages.isEmpty();
  }

  /** Asks all at once; nobody if there is no address to look at. */
  public OutsideViews look(Optional<BackupAddresses> backup) throws InterruptedException {
    Optional<String> address =
        backup.flatMap(at -> at.v4().or(at::v6)).map(InetAddresses::toAddrString);
    if (vantages.isEmpty() || address.isEmpty()) {
      return OutsideViews.NONE;
    }
    ImmutableList<VantageConfig> there =
        vantages.stream().map(vantage -> at(vantage, address.get())).collect(toImmutableList());
    return new OutsideViews(
        new VantageCheck(there, http, OutsideCheck::ofExit).ask(), address.get());
  }

  private static VantageConfig at(VantageConfig vantage, String address) {
    return switch (vantage) {
      case VantageConfig.Http page -> page;
      case VantageConfig.Command program ->
          new VantageConfig.Command(
              program.name(),
              program.command().stream()
                  .map(word -> word.replace(BackupConfig.ADDRESS, address))
                  .collect(toImmutableList()),
              program.timeout());
    };
  }

  private static Opinion ofExit(int code) {
    if (code == 0) {
      return Opinion.UP;
    }
    return code > 0 && code <= LAST_OF_A_PROGRAM ? Opinion.DOWN : Opinion.NONE;
  }
}
