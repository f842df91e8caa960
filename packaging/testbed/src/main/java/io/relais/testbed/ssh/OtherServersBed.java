package io.relais.testbed.ssh;

import static org.awaitility.Awaitility.await;

import io.relais.testbed.FreePorts;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Servers that are not OpenSSH: client → {@link FaultyProxy} → bastion of dropbear → ProFTPD's
 * mod_sftp, or dropbear with OpenSSH's sftp-server. In the client's {@code ssh_config} they are the
 * hosts {@code bastion}, {@code proftpd} and {@code dropbear}.
 *
 * <p>Needs root, for a mount namespace in which the accounts are: there are none on the machine
 * itself. Ends everything in {@link #close}, and when the JVM ends. For use by one thread; the
 * proxy is for many.
 */
public final class OtherServersBed implements AutoCloseable {
  private static final Path STORES = Path.of("/var/lib/relais-test");
  private static final String JUMP = "jump";
  private static final String MIRROR = "mirror";

  /** Any that is nobody's on this machine would do. */
  private static final int ID = 64_321;

  private final Path store;
  private final Path client;
  private final List<Process> servers = new ArrayList<>();
  private final FaultyProxy proxy;
  private final Thread atExit = new Thread(this::end, "end-other-servers");

  private OtherServersBed(Path client) throws IOException {
    this.client = Files.createDirectories(client.toAbsolutePath());
    Files.createDirectories(STORES);
    this.store = Files.createTempDirectory(STORES, "other");
    Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rwxr-xr-x"));
    int bastion = FreePorts.next();
    this.proxy = FaultyProxy.before(bastion);
    Runtime.getRuntime().addShutdownHook(atExit);
    try {
      makeAccounts();
      makeDisks();
      startDropbear("bastion", bastion);
      int dropbear = FreePorts.next();
      startDropbear("dropbear", dropbear);
      int proftpd = FreePorts.next();
      startProftpd(proftpd);
      writeClient(dropbear, proftpd);
      for (int port : new int[] {bastion, dropbear, proftpd}) {
        await("port " + port)
            .atMost(Duration.ofSeconds(60))
            .failFast(() -> servers.stream().anyMatch(each -> !each.isAlive()))
            .until(() -> answers(port));
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Starts all; {@code directory} is where the client's files are written. */
  public static OtherServersBed start(Path directory) throws IOException {
    return new OtherServersBed(directory);
  }

  private void makeAccounts() throws IOException {
    HostKeys.generate(client.resolve("key"), "ed25519", "");
    StringBuilder passwd = new StringBuilder("root:x:0:0:root:/root:/bin/sh\n");
    for (String account : List.of(JUMP, MIRROR)) {
      Path home = Files.createDirectories(store.resolve("home").resolve(account));
      Path keys = Files.createDirectory(home.resolve(".ssh")).resolve("authorized_keys");
      Files.copy(client.resolve("key.pub"), keys);
      passwd.append("%s:*:%d:%d::%s:/bin/sh%n".formatted(account, ID, ID, home));
    }
    Files.createDirectory(etc());
    Files.writeString(etc().resolve("passwd"), passwd);
    Files.writeString(etc().resolve("group"), "root:x:0:\n%s:x:%d:\n".formatted(MIRROR, ID));
    for (String name : List.of("passwd", "group")) {
      // ProFTPD wants its own to be closed to others, and dropbear's sessions need it.
      Path closed = Files.copy(etc().resolve(name), store.resolve("proftpd." + name));
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rw-------"));
    }
    Path keys = Files.createDirectory(store.resolve("proftpd.keys"));
    Files.writeString(
        keys.resolve(MIRROR), Shell.run("ssh-keygen", "-e", "-f", client.resolve("key.pub") + ""));
  }

  /**
   * What dropbear has for /etc. A mount on /etc/passwd alone would end when somebody adds a user.
   */
  private Path etc() {
    return store.resolve("etc");
  }

  private void makeDisks() throws IOException {
    for (Path disk : List.of(data(), smallData())) {
      Files.createDirectories(disk);
    }
    Shell.run(
        "mount", "-t", "tmpfs", "-o", "mode=755,size=4m", "relais-test", smallData().toString());
    for (Path disk : List.of(data(), smallData())) {
      Files.setAttribute(disk, "unix:uid", ID);
      Files.setAttribute(disk, "unix:gid", ID);
    }
  }

  /** Where the account may write: {@code /data} at ProFTPD, and this very path at dropbear. */
  public Path data() {
    return store.resolve("sftp/data");
  }

  /** The same on a disk of 4 MiB: {@code /small} at ProFTPD. */
  public Path smallData() {
    return store.resolve("sftp/small");
  }

  private void startDropbear(String name, int port) throws IOException {
    Path key = store.resolve(name + "_key");
    String said = Shell.run("dropbearkey", "-t", "ed25519", "-f", key.toString());
    Files.write(
        store.resolve(name + "_key.pub"),
        said.lines().filter(line -> line.startsWith("ssh-ed25519 ")).toList());
    // -s: no passwords. The shell replaces itself, so that ending it ends the server.
    run(
        name,
        "unshare",
        "--mount",
        "sh",
        "-c",
        "mount --bind %s /etc && exec %s -F -E -s -p 127.0.0.1:%d -r %s -P %s.pid"
            .formatted(etc(), Shell.find("dropbear"), port, key, key));
  }

  private void startProftpd(int port) throws IOException {
    Path key = store.resolve("proftpd_key");
    HostKeys.generate(key, "ed25519", "");
    Path file =
        Files.writeString(
            store.resolve("proftpd.conf"),
            """
            ServerName relais-test
            ServerType standalone
            DefaultAddress 127.0.0.1
            Port %2$d
            UseIPv6 off
            UseReverseDNS off
            PidFile %1$s/proftpd.pid
            ScoreboardFile %1$s/proftpd.scoreboard
            SystemLog %1$s/proftpd.log
            TransferLog none
            WtmpLog off
            User nobody
            Group nogroup
            LoadModule mod_sftp.c
            AuthOrder mod_auth_file.c
            AuthUserFile %1$s/proftpd.passwd
            AuthGroupFile %1$s/proftpd.group
            RequireValidShell off
            DefaultRoot %1$s/sftp
            Umask 022
            AllowOverwrite on
            SFTPEngine on
            SFTPHostKey %1$s/proftpd_key
            SFTPAuthMethods publickey
            SFTPAuthorizedUserKeys file:%1$s/proftpd.keys/%%u
            """
                .formatted(store, port));
    run("proftpd", Shell.find("proftpd"), "--nodaemon", "--config", file.toString());
  }

  private void run(String name, String... command) throws IOException {
    servers.add(
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(store.resolve(name + ".out").toFile())
            .start());
  }

  private static boolean answers(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        InputStream in = socket.getInputStream()) {
      return in.read() == 'S';
    } catch (IOException e) {
      return false;
    }
  }

  private void writeClient(int dropbear, int proftpd) throws IOException {
    Files.writeString(
        sshConfig(),
        host("bastion", JUMP, proxy.port(), "")
            + host("dropbear", MIRROR, dropbear, "    ProxyJump bastion\n")
            + host("proftpd", MIRROR, proftpd, "    ProxyJump bastion\n"));
    Files.writeString(
        client.resolve("known_hosts"),
        known(proxy.port(), "bastion") + known(dropbear, "dropbear") + known(proftpd, "proftpd"));
  }

  private String known(int port, String name) throws IOException {
    Path key = store.resolve(name + "_key.pub");
    String[] fields = Files.readString(key).split(" ");
    return "[127.0.0.1]:%d %s %s\n".formatted(port, fields[0], fields[1].strip());
  }

  private String host(String alias, String user, int port, String more) {
    return """
        Host %s
            HostName 127.0.0.1
            Port %d
            User %s
            IdentityFile %s/key
            IdentitiesOnly yes
            UserKnownHostsFile %s/known_hosts
            StrictHostKeyChecking yes
        %s
        """
        .formatted(alias, port, user, client, client, more);
  }

  /** The client's OpenSSH configuration. */
  public Path sshConfig() {
    return client.resolve("ssh_config");
  }

  /** What stands between the client and the bastion. */
  public FaultyProxy proxy() {
    return proxy;
  }

  @Override
  public void close() {
    end();
    Runtime.getRuntime().removeShutdownHook(atExit);
  }

  private void end() {
    proxy.close();
    for (Process server : servers) {
      List<ProcessHandle> sessions = server.descendants().toList();
      server.destroyForcibly();
      sessions.forEach(ProcessHandle::destroyForcibly);
      server.onExit().join();
    }
    Shell.attempt("umount", "--lazy", smallData().toString());
    try (Stream<Path> paths = Files.walk(store)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
          Files.delete(path);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("can't remove " + store, e);
    }
  }
}
