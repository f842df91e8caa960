package io.relais.testbed.ssh;

import io.relais.testbed.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * OpenSSH as production knows it: client → {@link FaultyProxy} → hardened bastion → backup. The
 * backup has two accounts: one in a chroot with {@code internal-sftp} only, and one with a shell
 * and the SFTP subsystem. In the client's directory lie its keys, {@code known_hosts} and an {@code
 * ssh_config} with the hosts {@code bastion}, {@code backup} (the chroot; its files are in {@code
 * /data}) and {@code backup-shell}.
 *
 * <p>Needs root, for accounts and chroots, and fails without it. Ends everything in {@link #close},
 * and when the JVM ends. For use by one thread; the proxy is for many.
 */
public final class OpenSshBed implements AutoCloseable {
  /** sshd refuses a chroot below a directory that others may write to, such as /tmp. */
  private static final Path STORES = Path.of("/var/lib/relais-test");

  /** One of the two servers. */
  public enum Server {
    BASTION,
    BACKUP
  }

  /**
   * Rights as they are written for users, about accounts and addresses that are only examples.
   *
   * @param backupConfig for the backup's sshd_config
   * @param backupKey what stands before the key in authorized_keys there
   * @param bastionConfig for the bastion's sshd_config
   * @param bastionKey what stands before the key there
   */
  public record Rights(
      String backupConfig, String backupKey, String bastionConfig, String bastionKey) {}

  /** How the client knows the host keys. */
  public enum KnownHosts {
    /** {@code [host]:port}, one line each. */
    PLAIN,
    /** The same, hashed as with {@code HashKnownHosts yes}. */
    HASHED,
    /** One {@code @cert-authority} line; the servers have certificates. */
    CERTIFICATES
  }

  private final Path store;
  private final boolean ownDisk;
  private final ClientSide client;
  private final SshDaemon backup;
  private final SshDaemon bastion;
  private final FaultyProxy proxy;
  private final String rsaHostKey;
  private final Thread atExit = new Thread(this::end, "end-ssh-bed");

  private OpenSshBed(Builder wanted) throws IOException {
    if (!System.getProperty("user.name").equals("root")) {
      throw new IllegalStateException("the real-server tests need root");
    }
    Accounts.makeSure();
    this.store = newStore();
    this.ownDisk = wanted.megabytes > 0;
    Files.createDirectories(Path.of("/run/sshd"));
    this.client = new ClientSide(wanted, store);
    this.rsaHostKey = HostKeys.generateRsa(store.resolve("backup_rsa_key"));
    int backupPort = FreePorts.next();
    int bastionPort = FreePorts.next();
    this.backup =
        new SshDaemon(
            store,
            "backup",
            backupPort,
            wanted.rights == null
                ? wanted.backupOptions.replace("%dir", store.toString()) + backupOptions()
                : own(Server.BACKUP, wanted.rights.backupConfig(), backupPort));
    this.bastion =
        new SshDaemon(
            store,
            "bastion",
            bastionPort,
            wanted.rights == null
                ? bastionOptions(bastionPort, wanted.hardened)
                : own(Server.BASTION, wanted.rights.bastionConfig(), backupPort));
    this.proxy = FaultyProxy.before(bastion.port());
    Runtime.getRuntime().addShutdownHook(atExit);
    try {
      makeDisks(wanted.megabytes);
      client.write(proxy.port(), bastion, backup);
      if (wanted.rights != null) {
        client.restrict(wanted.rights, backup.port());
      }
      backup.start();
      bastion.start();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Starts to describe a bed; {@code directory} is where the client's files are written. */
  public static Builder in(Path directory) {
    return new Builder(directory);
  }

  private static Path newStore() throws IOException {
    Files.createDirectories(STORES);
    Path store = Files.createTempDirectory(STORES, "bed");
    Files.setPosixFilePermissions(store, PosixFilePermissions.fromString("rwxr-xr-x"));
    return store;
  }

  private void makeDisks(int megabytes) throws IOException {
    Path chroot = Files.createDirectories(store.resolve("sftp"));
    if (ownDisk) {
      String options = "mode=755,size=" + megabytes + "m";
      Shell.run("mount", "-t", "tmpfs", "-o", options, "relais-test", chroot.toString());
    }
    giveTo(Accounts.SFTP, Files.createDirectory(data()));
    giveTo(Accounts.SHELL, Files.createDirectory(shellData()));
  }

  private static void giveTo(String account, Path directory) throws IOException {
    var names = directory.getFileSystem().getUserPrincipalLookupService();
    PosixFileAttributeView view =
        Files.getFileAttributeView(directory, PosixFileAttributeView.class);
    view.setOwner(names.lookupPrincipalByName(account));
    view.setGroup(names.lookupPrincipalByGroupName(account));
  }

  /** What a user is told to write, with this bed's accounts, addresses and places in it. */
  private String own(Server server, String written, int backupPort) {
    String account = server == Server.BACKUP ? Accounts.SFTP : Accounts.JUMP;
    // Every distribution's configuration has a line that begins with this.
    String subsystem = server == Server.BACKUP ? "Subsystem sftp " + sftpServer() + "\n" : "";
    return subsystem
        + "AllowUsers "
        + account
        + "\n"
        + written
            .replaceAll("(?m)^Match User .*$", "Match User " + account)
            .replaceAll("(?m)ChrootDirectory .*$", "ChrootDirectory " + store + "/sftp")
            .replaceAll("10\\.0\\.0\\.7:22", "127.0.0.1:" + backupPort);
  }

  /** It leads to the backup, and to itself, for chains of two bastions. */
  private String bastionOptions(int port, boolean hardened) {
    String options =
        """
        AllowUsers %s
        AllowTcpForwarding local
        PermitOpen 127.0.0.1:%d 127.0.0.1:%d
        PermitListen none
        PermitTTY no
        ForceCommand /usr/sbin/nologin
        """
            .formatted(Accounts.JUMP, backup.port(), port);
    return hardened ? options + "MaxSessions 0\n" : options;
  }

  private String backupOptions() {
    return """
        AllowUsers %s %s
        AllowTcpForwarding no
        Subsystem sftp %s
        Match User %s
            ChrootDirectory %s/sftp
            ForceCommand internal-sftp -d /data
            PermitTTY no
        """
        .formatted(Accounts.SHELL, Accounts.SFTP, sftpServer(), Accounts.SFTP, store);
  }

  private static String sftpServer() {
    return Stream.of("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server")
        .filter(path -> Files.isExecutable(Path.of(path)))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the real-server tests need sftp-server"));
  }

  /** The client's OpenSSH configuration. */
  public Path sshConfig() {
    return client.sshConfig();
  }

  /** The client's known host keys. */
  public Path knownHosts() {
    return client.knownHosts();
  }

  /** Where the chrooted account's {@code /data} lies on this machine. */
  public Path data() {
    return store.resolve("sftp/data");
  }

  /** Where the shell account may write, here and through {@code backup-shell} alike. */
  public Path shellData() {
    return store.resolve("shell");
  }

  /** Gives a tree to the account that owns another directory, so that this could change it. */
  public void giveToOwnerOf(Path owned, Path tree) throws IOException {
    UserPrincipal owner = Files.getOwner(owned);
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path each : all.toList()) {
        Files.setOwner(each, owner);
      }
    }
  }

  /**
   * Does to the root of a mirror of the chrooted account, while it is empty, what a user is told to
   * do so that a web server gets to read it.
   */
  public void letWebServerRead(Path root) throws IOException {
    giveTo(Accounts.SFTP, root);
    Shell.run("chgrp", Accounts.WEB, root.toString());
    Shell.run("chmod", "2750", root.toString());
  }

  /**
   * Runs what a user is told to type at the backup, where its accounts are {@code mirror} and
   * {@code www-data} and the chroot is {@code /srv/mirror}; undone but for what it does to files.
   */
  public void runForWebServer(String written) {
    String script =
        written
            .replace("www-data", Accounts.WEB)
            .replace("/srv/mirror", store + "/sftp")
            .replaceAll("(?<=\\s)mirror(?=\\s)", Accounts.SFTP);
    Shell.run("sh", "-euc", "PATH=$PATH:/usr/sbin\n" + script);
  }

  /** The account that mirrors is in the web server's group no more. */
  public void leaveWebServersGroup() {
    Shell.run("gpasswd", "-d", Accounts.SFTP, Accounts.WEB);
  }

  /** Reads a file as the web server's account does. */
  public String readByWebServer(Path file) {
    return Shell.run("runuser", "-u", Accounts.WEB, "--", "cat", file.toString());
  }

  /** What stands between the client and the bastion. */
  public FaultyProxy proxy() {
    return proxy;
  }

  /** Ends the bastion and every connection through it. */
  public void stopBastion() {
    bastion.stop();
  }

  /** Starts the bastion again, on its old port. */
  public void startBastion() throws IOException {
    bastion.start();
  }

  /** Ends the backup and every connection to it; the bastion goes on. */
  public void stopBackup() {
    backup.stop();
  }

  /** Starts the backup again, on its old port. */
  public void startBackup() throws IOException {
    backup.start();
  }

  /** Where a server listens, on 127.0.0.1; the client reaches the bastion through the proxy. */
  public int portOf(Server server) {
    return daemon(server).port();
  }

  /** Type and key of a server's ed25519 host key, as in known_hosts. */
  public String hostKeyOf(Server server) throws IOException {
    return daemon(server).hostKeys().publicKey();
  }

  /** Type and key of a server's ecdsa host key, which known_hosts does not have. */
  public String ecdsaHostKeyOf(Server server) throws IOException {
    return daemon(server).hostKeys().ecdsaPublicKey();
  }

  /** Type and key of an RSA key, {@code %dir/backup_rsa_key}, which the backup doesn't use yet. */
  public String rsaHostKey() {
    return rsaHostKey;
  }

  /** {@code SHA256:…} of a server's ed25519 host key. */
  public String fingerprintOf(Server server) {
    return daemon(server).hostKeys().fingerprint();
  }

  /** Gives a server new host keys, which known_hosts does not know, and restarts it. */
  public void rotateHostKey(Server server) throws IOException {
    SshDaemon daemon = daemon(server);
    daemon.stop();
    daemon.hostKeys().rotate();
    daemon.start();
  }

  /**
   * Signs a server's host keys again, by the authority of {@link KnownHosts#CERTIFICATES}, and
   * restarts it.
   *
   * @param options of {@code ssh-keygen -s}, such as {@code -n NAME}
   */
  public void certify(Server server, String... options) throws IOException {
    SshDaemon daemon = daemon(server);
    daemon.stop();
    daemon.hostKeys().certify(store.resolve("authority"), List.of(options));
    daemon.start();
  }

  /** What a server has logged: to be shown when a test fails. */
  public String logOf(Server server) throws IOException {
    return Files.readString(daemon(server).log());
  }

  private SshDaemon daemon(Server server) {
    return switch (server) {
      case BASTION -> bastion;
      case BACKUP -> backup;
    };
  }

  @Override
  public void close() {
    end();
    Runtime.getRuntime().removeShutdownHook(atExit);
  }

  private void end() {
    proxy.close();
    bastion.stop();
    backup.stop();
    if (ownDisk) {
      Shell.attempt("umount", "--lazy", store.resolve("sftp").toString());
    }
    delete(store);
  }

  private static void delete(Path tree) {
    try (Stream<Path> paths = Files.walk(tree)) {
      List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
          Files.delete(path);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("can't remove " + tree, e);
    }
  }

  /** What a bed should be like. */
  public static final class Builder {
    final Path directory;
    KnownHosts knownHosts = KnownHosts.PLAIN;
    String keyType = "ed25519";
    String passphrase = "";
    private String backupOptions = "";
    private boolean hardened;
    private int megabytes;
    private @Nullable Rights rights;

    private Builder(Path directory) {
      this.directory = directory;
    }

    /** {@code MaxSessions 0} at the bastion: it forwards, and refuses even to run a command. */
    public Builder hardened() {
      hardened = true;
      return this;
    }

    /** Gives the accounts these rights, in place of the bed's own. */
    public Builder rights(Rights written) {
      rights = written;
      return this;
    }

    /** Gives the chroot a disk of its own, of so many megabytes. */
    public Builder disk(int megabytes) {
      this.megabytes = megabytes;
      return this;
    }

    /** Lines of sshd_config(5) for the backup; {@code %dir} is where its keys are. */
    public Builder backupOptions(String lines) {
      backupOptions = lines;
      return this;
    }

    public Builder knownHosts(KnownHosts form) {
      knownHosts = form;
      return this;
    }

    /**
     * The client's keys.
     *
     * @param type as for {@code ssh-keygen -t}
     * @param passphrase empty for none
     */
    public Builder userKeys(String type, String passphrase) {
      this.keyType = type;
      this.passphrase = passphrase;
      return this;
    }

    /** Starts both servers and the proxy. */
    public OpenSshBed start() throws IOException {
      return new OpenSshBed(this);
    }
  }
}
