package io.relais.failover.address;

import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.util.Optional;

/** Finds the backup's public address. For one thread at a time. */
public final class AddressFinder {
  private final AddressSettings settings;

  public AddressFinder(AddressSettings settings) {
    this.settings = settings;
  }

  /**
   * Asks all sources at once, for one family.
   *
   * @return the address that enough of them say, or why there is none
   * @throws InterruptedException if the thread was interrupted
   */
  public Verdict find(IpFamily family) throws InterruptedException {
    throw new UnsupportedOperationException(family + " " + settings);
  }

  /**
   * What the sources say.
   *
   * @param address empty unless enough agree
   * @param detail what each said, for people, in one line
   */
  public record Verdict(Optional<InetAddress> address, String detail) {}
}
