package io.relais.failover.change;

import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.DnsProviderException.Cause;
import io.relais.failover.dns.InMemoryZone.Call;
import io.relais.failover.dns.InMemoryZone.Interceptor;
import io.relais.failover.dns.Killed;
import java.util.Optional;

/** What can go wrong with one call. */
enum CallFault {
  FAILS(false, Optional.of(Cause.RETRY)),
  LOSES_THE_REPLY(true, Optional.of(Cause.RETRY)),
  IS_DONE_LATE(true, Optional.empty()) {
    @Override
    Interceptor on(int number) {
      return new Interceptor() {
        private int count;

        @Override
        public void before(Call call) {
          count++;
        }

        @Override
        public boolean isLate() {
          return count == number + 1;
        }
      };
    }
  },
  REFUSES(false, Optional.of(Cause.REFUSED)),
  CONFLICTS(false, Optional.of(Cause.CONFLICT)),
  KILLED_BEFORE(false, Optional.empty()),
  KILLED_AFTER(true, Optional.empty());

  private final boolean late;
  private final Optional<Cause> kind;

  CallFault(boolean late, Optional<Cause> kind) {
    this.late = late;
    this.kind = kind;
  }

  private void fall() throws DnsProviderException {
    throw new DnsProviderException(
        kind.orElseThrow(Killed::new), "as the test wants it", Optional.empty(), null);
  }

  /** Falls once, on the call of that number from now. */
  Interceptor on(int number) {
    return new Interceptor() {
      private int count;

      @Override
      public void before(Call call) throws DnsProviderException {
        count++;
        if (!late) {
          strike();
        }
      }

      @Override
      public void after(Call call) throws DnsProviderException {
        if (late) {
          strike();
        }
      }

      private void strike() throws DnsProviderException {
        if (count == number + 1) {
          fall();
        }
      }
    };
  }
}
