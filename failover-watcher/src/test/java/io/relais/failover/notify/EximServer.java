package io.relais.failover.notify;

import static org.awaitility.Awaitility.await;

import io.relais.testbed.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/** A real Exim on loopback that asks for TLS and a login, and delivers into one mailbox file. */
final class EximServer implements AutoCloseable {
  private final Path directory;
  private final Process process;
  private final int startTlsPort;
  private final int tlsPort;

  EximServer(Path directory, TlsIdentity identity, String user, String password)
      throws IOException {
    this.directory = directory;
    this.startTlsPort = FreePorts.next();
    this.tlsPort = FreePorts.next();
    // Exim gives up root for its own account.
    for (Path part : new Path[] {directory, Files.createDirectory(directory.resolve("exim"))}) {
      Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwxrwxrwx"));
    }
    Files.writeString(
        directory.resolve("cert.pem"),
        identity.server().certificatePem() + identity.server().privateKeyPkcs8Pem());
    Path configuration = Files.writeString(directory.resolve("exim.conf"), text(user, password));
    this.process =
        new ProcessBuilder("/usr/sbin/exim4", "-C", configuration.toString(), "-bdf")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output").toFile())
            .start();
    await().until(() -> listens(startTlsPort) && listens(tlsPort));
  }

  private String text(String user, String password) {
    return """
        primary_hostname = localhost
        local_interfaces = 127.0.0.1
        daemon_smtp_ports = %1$d : %2$d
        tls_on_connect_ports = %2$d
        spool_directory = %3$s/exim/spool
        log_file_path = %3$s/exim/%%slog
        pid_file_path = %3$s/exim/pid
        keep_environment =
        host_lookup =
        rfc1413_hosts =
        tls_advertise_hosts = *
        tls_certificate = %3$s/cert.pem
        auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}
        acl_smtp_rcpt = check_rcpt
        acl_smtp_data = accept
        begin acl
        check_rcpt:
          deny !authenticated = *
               message = log in first
          deny recipients = gone@example.org
               message = unknown user
          defer recipients = grey@example.org
                message = greylisted
          accept
        begin routers
        all:
          driver = accept
          transport = mailbox
        begin transports
        mailbox:
          driver = appendfile
          file = %3$s/exim/mailbox
          envelope_to_add
          user = Debian-exim
        begin authenticators
        plain:
          driver = plaintext
          public_name = PLAIN
          server_prompts = :
          server_condition = ${if and{{eq{$auth2}{%4$s}}{eq{$auth3}{%5$s}}}}
          server_set_id = $auth2
        """
        .formatted(startTlsPort, tlsPort, directory, user, password);
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  int startTlsPort() {
    return startTlsPort;
  }

  int tlsPort() {
    return tlsPort;
  }

  /** All that was delivered until now. */
  String mailbox() throws IOException {
    Path file = directory.resolve("exim/mailbox");
    return Files.exists(file) ? Files.readString(file) : "";
  }

  @Override
  public void close() {
    Stream.concat(process.descendants(), Stream.of(process.toHandle()))
        .toList()
        .forEach(ProcessHandle::destroy);
    process.onExit().join();
  }
}
