package io.relais.failover.config;

import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import java.net.InetAddress;

/** Addresses as literals: nothing is looked up. */
final class AddressText {
  private AddressText() {}

  static InetAddress parse(String text) throws BadValueException {
    // A scope ("%eth0") means something on one machine only; no record can hold it.
    if (text.contains("%") || !InetAddresses.isInetAddress(text)) {
      throw new BadValueException(
          Printable.quoted(text)
              + " is no IP address; write one in figures, as in \"203.0.113.10\" or"
              + " \"2001:db8::10\"");
    }
    InetAddress address = InetAddresses.forString(text);
    if (address.isAnyLocalAddress() || address.isMulticastAddress()) {
      throw new BadValueException(
          Printable.quoted(text) + " is the address of no single host; write the host's own");
    }
    return address;
  }
}
