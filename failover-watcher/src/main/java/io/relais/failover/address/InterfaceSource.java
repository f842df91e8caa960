package io.relais.failover.address;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.collect.ImmutableList;
import com.google.common.io.BaseEncoding;
import io.relais.common.Faults;
import io.relais.failover.net.IpFamily;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;

/**
 * The public IPv6 address of a network interface, from the kernel's table: one line for each,
 * {@code address index length scope flags name}, all but the name in hexadecimal (proc(5)). Java
 * knows nothing of the flags that tell a lasting address from one for privacy.
 *
 * <p>Of several that will do, those without an end to their lifetime come first, then the lowest in
 * value, so that the choice is the same each time.
 */
record InterfaceSource(String interfaceName, Path table) implements AddressSource {
  // linux/if_addr.h
  private static final int TEMPORARY = 0x01;
  private static final int DUPLICATE = 0x08;
  private static final int DEPRECATED = 0x20;
  private static final int TENTATIVE = 0x40;
  private static final int PERMANENT = 0x80;
  private static final int UNUSABLE = TEMPORARY | DUPLICATE | DEPRECATED | TENTATIVE;

  private static final Comparator<Row> BEST_FIRST =
      Comparator.comparing((Row row) -> (row.flags() & PERMANENT) == 0).thenComparing(Row::hex);

  /** One line of the table. */
  private record Row(String hex, int flags, String name) {}

  @Override
  public String name() {
    return "interface " + interfaceName;
  }

  @Override
  public boolean supports(IpFamily family) {
    return family == IpFamily.V6;
  }

  @Override
  public boolean authoritative() {
    return true;
  }

  @Override
  public InetAddress find(IpFamily family) throws AddressException {
    ImmutableList<Row> rows =
        rows().stream()
            .filter(row -> row.name().equals(interfaceName))
            .sorted(BEST_FIRST)
            .collect(toImmutableList());
    for (Row row : rows) {
      InetAddress address = address(row.hex());
      if ((row.flags() & UNUSABLE) == 0 && GlobalAddress.problem(address).isEmpty()) {
        return address;
      }
    }
    throw new AddressException(
        rows.isEmpty()
            ? "no such interface, or it has no IPv6 address"
            : "it has no public IPv6 address that lasts",
        null);
  }

  private ImmutableList<Row> rows() throws AddressException {
    try {
      return Files.readAllLines(table, US_ASCII).stream()
          .map(line -> line.strip().split("\\s+", 6))
          .filter(fields -> fields.length == 6 && fields[0].length() == 32)
          .map(fields -> new Row(fields[0], Integer.parseInt(fields[4], 16), fields[5]))
          .collect(toImmutableList());
    } catch (NoSuchFileException e) {
      throw new AddressException("IPv6 is switched off here: there is no " + table, e);
    } catch (IOException | NumberFormatException e) {
      throw new AddressException(table + " can't be read: " + Faults.describe(e), e);
    }
  }

  private static InetAddress address(String hex) throws AddressException {
    try {
      return InetAddress.getByAddress(BaseEncoding.base16().decode(hex.toUpperCase(Locale.ROOT)));
    } catch (UnknownHostException | IllegalArgumentException e) {
      throw new AddressException("the kernel's table has no address but " + hex, e);
    }
  }
}
