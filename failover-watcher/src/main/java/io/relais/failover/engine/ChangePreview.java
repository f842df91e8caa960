package io.relais.failover.engine;

import io.relais.failover.change.BackupAddresses;
import io.relais.failover.change.RecordChanger;
import io.relais.failover.decide.ChangeKind;
import io.relais.failover.dns.DnsLookupException;
import io.relais.failover.dns.DnsProviderException;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a change would do, for people. For one thread. */
public final class ChangePreview {
  private final RecordChanger changer;

  public ChangePreview(RecordChanger changer) {
    this.changer = changer;
  }

  /** One line: which records would become what, or why that can't be said. */
  public String describe(ChangeKind kind, Optional<BackupAddresses> backup) {
    if (backup.isEmpty() && kind != ChangeKind.FAIL_BACK) {
      return "do nothing: the backup's public address is not known";
    }
    try {
      String changes =
          changer.preview(kind, backup.orElse(BackupAddresses.NONE)).stream()
              .flatMap(change -> change.replacements().stream())
              .filter(step -> !step.before().equals(step.after()))
              .map(step -> "change " + step.before() + " to " + step.after())
              .collect(Collectors.joining("; "));
      return changes.isEmpty() ? "change nothing: the records are so already" : changes;
    } catch (DnsProviderException | DnsLookupException e) {
      return "fail: " + e.getMessage();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "do nothing: interrupted";
    }
  }
}
