package io.relais.testbed.dns;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.common.Secret;
import io.relais.testbed.FreePorts;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;
import org.xbill.DNS.ZoneTransferException;
import org.xbill.DNS.ZoneTransferIn;

/**
 * A real name server with a zone, as a child process on a port of 127.0.0.1 that the kernel picks.
 */
public final class RealNameServer implements AutoCloseable {
  public static final String ZONE = "example.org";

  /** May read and update. */
  public static final String FAILOVER = "failover";

  /** May read and no more. */
  public static final String READER = "reader";

  /** 64 bytes, which every algorithm takes. */
  public static final Secret SECRET =
      Secret.of("c2l4dHkgZm91ciBieXRlcyBvZiBhIHNlY3JldCB0aGF0IGlzIG5vbmUsIGZvciB0ZXN0cyBvbmx5IQ==");

  /** The algorithms; {@code failover-} and one of them is a key that may update as well. */
  public static final ImmutableList<String> ALGORITHMS =
      ImmutableList.of(
          "hmac-md5", "hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512");

  static final String ADMIN = "admin";
  private static final InetAddress LOOPBACK = InetAddresses.forString("127.0.0.1");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Process process;
  private final Path log;
  private final int port;

  private RealNameServer(Process process, Path log, int port) {
    this.process = process;
    this.log = log;
    this.port = port;
  }

  /** A primary Knot DNS. */
  public static RealNameServer knot(Path folder) throws IOException {
    int port = FreePorts.next();
    Path config = NameServerFiles.knot(folder, port);
    return start(folder, port, "/usr/sbin/knotd", "-c", config.toString());
  }

  /** A primary BIND. */
  public static RealNameServer bind(Path folder) throws IOException {
    int port = FreePorts.next();
    return startBind(folder, port, NameServerFiles.bind(folder, port));
  }

  /** A secondary BIND; it looks at its primary at the start, and then when {@link #transfer}red. */
  public static RealNameServer bindSecondary(Path folder, RealNameServer primary)
      throws IOException {
    int port = FreePorts.next();
    return startBind(folder, port, NameServerFiles.bindSecondary(folder, port, primary.port));
  }

  private static RealNameServer startBind(Path folder, int port, Path config) throws IOException {
    return start(folder, port, "/usr/sbin/named", "-g", "-n", "1", "-c", config.toString());
  }

  private static RealNameServer start(Path folder, int port, String... command) throws IOException {
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    var server = new RealNameServer(process, log, port);
    try {
      server.awaitReady();
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private void awaitReady() {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptionsInstanceOf(IOException.class)
        .failFast(this::requireAlive)
        .until(() -> serial() > 0);
  }

  private void requireAlive() {
    if (!process.isAlive()) {
      throw new IllegalStateException("the name server ended: " + log());
    }
  }

  public HostAndPort address() {
    return HostAndPort.fromParts("127.0.0.1", port);
  }

  /** What the server wrote. */
  public String log() {
    try {
      return Files.readString(log, UTF_8);
    } catch (IOException e) {
      return "no log: " + e.getMessage();
    }
  }

  /** The zone's serial number. */
  public long serial() throws IOException {
    Message reply = answerTo(Message.newQuery(record(ZONE, Type.SOA)), resolver());
    return reply.getSection(Section.ANSWER).stream()
        .filter(SOARecord.class::isInstance)
        .mapToLong(record -> ((SOARecord) record).getSerial())
        .findFirst()
        .orElseThrow(() -> new IOException("no SOA: " + reply));
  }

  /** All records but the SOA: {@code www.example.org 300 A 203.0.113.10}. */
  public ImmutableSortedSet<String> records() throws IOException {
    try {
      var transfer =
          ZoneTransferIn.newAXFR(absolute(ZONE), new InetSocketAddress(LOOPBACK, port), admin());
      transfer.run();
      return transfer.getAXFR().stream()
          .filter(record -> record.getType() != Type.SOA)
          .map(RealNameServer::text)
          .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder()));
    } catch (ZoneTransferException e) {
      throw new IOException(e);
    }
  }

  private static String text(Record record) {
    String data =
        switch (record) {
          case ARecord a -> InetAddresses.toAddrString(a.getAddress());
          case AAAARecord aaaa -> InetAddresses.toAddrString(aaaa.getAddress());
          default -> record.rdataToString();
        };
    return String.join(
        " ",
        record.getName().toString(true),
        Long.toString(record.getTTL()),
        Type.string(record.getType()),
        data);
  }

  /** Replaces all records of a name and type; none if there are no values. */
  public void put(String name, String type, long ttl, Iterable<String> values) throws IOException {
    var update = new Update(absolute(ZONE));
    update.delete(absolute(name), Type.value(type));
    for (String value : values) {
      update.add(absolute(name), Type.value(type), ttl, value);
    }
    send(update);
  }

  /** Takes everything away from a name, other than the zone's own. */
  public void clear(String name) throws IOException {
    var update = new Update(absolute(ZONE));
    update.delete(absolute(name));
    send(update);
  }

  /** Makes a secondary look at its primary, and waits until it has its serial number. */
  public void transfer(RealNameServer primary) throws IOException {
    Message notify = Message.newQuery(record(ZONE, Type.SOA));
    notify.getHeader().setOpcode(Opcode.NOTIFY);
    answerTo(notify, resolver());
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> serial() == primary.serial());
  }

  private void send(Update update) throws IOException {
    SimpleResolver resolver = resolver();
    resolver.setTSIGKey(admin());
    Message reply = answerTo(update, resolver);
    if (reply.getRcode() != Rcode.NOERROR) {
      throw new IOException(Rcode.string(reply.getRcode()) + "; " + log());
    }
  }

  /** dnsjava keeps connections; one that the server has closed meanwhile is gone after that. */
  private static Message answerTo(Message question, SimpleResolver resolver) throws IOException {
    try {
      return resolver.send(question);
    } catch (EOFException e) {
      return resolver.send(question);
    }
  }

  private SimpleResolver resolver() {
    var resolver = new SimpleResolver(new InetSocketAddress(LOOPBACK, port));
    resolver.setTCP(true);
    resolver.setTimeout(Duration.ofSeconds(5));
    return resolver;
  }

  private static TSIG admin() {
    return new TSIG(TSIG.HMAC_SHA256, ADMIN, SECRET.value());
  }

  private static Record record(String name, int type) throws IOException {
    return Record.newRecord(absolute(name), type, DClass.IN);
  }

  private static Name absolute(String name) throws IOException {
    return Name.fromString(name, Name.root);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
