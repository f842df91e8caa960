package io.relais.loopback;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.sshd.server.SshServer;

/**
 * A running bastion and backup on 127.0.0.1, with the client's files to reach them: {@code ssh -F
 * DIR/ssh_config}, hosts {@code bastion} and {@code backup}. All keys are made when it starts.
 *
 * <p>The backup serves one directory as its root: on the real file system, or a Jimfs one with the
 * attribute views {@code basic}, {@code owner}, {@code posix} and {@code unix}. Jimfs has text for
 * names; there each byte of a name on the wire is one character (ISO 8859-1), and setuid, setgid
 * and sticky bits are lost.
 *
 * <p>For use by many threads.
 */
public final class LoopbackLink implements AutoCloseable {
  private final ClientFiles files;
  private final Chroot chroot;
  private final Faults faults = new Faults();
  private final KeyPair bastionHostKey = KeyFiles.generate();
  private final KeyPair backupHostKey = KeyFiles.generate();
  private final KeyPair bastionUserKey = KeyFiles.generate();
  private final KeyPair backupUserKey = KeyFiles.generate();
  private final int bastionPort;
  private final int backupPort;
  private SshServer bastion;
  private SshServer backup;

  private LoopbackLink(Path directory, Path root) throws IOException {
    this.files = new ClientFiles(directory.toAbsolutePath());
    this.chroot = new Chroot(root.toRealPath());
    files.writeKey("bastion_key", bastionUserKey);
    files.writeKey("backup_key", backupUserKey);
    this.backup = newBackup(0);
    backup.start();
    this.backupPort = backup.getPort();
    this.bastion = newBastion(0);
    try {
      bastion.start();
      this.bastionPort = bastion.getPort();
      files.write(bastionPort, bastionHostKey, backupPort, backupHostKey);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Starts both servers on free ports.
   *
   * @param directory where the client's keys (0600), {@code ssh_config} and {@code known_hosts} are
   *     written; made if it is not there
   * @param root the directory that the backup serves; must exist
   * @throws IOException if a file can't be written or no port is free
   */
  public static LoopbackLink start(Path directory, Path root) throws IOException {
    Files.createDirectories(directory);
    return new LoopbackLink(directory, root);
  }

  private SshServer newBastion(int port) {
    return Servers.bastion(port, bastionHostKey, bastionUserKey.getPublic(), backupPort);
  }

  private SshServer newBackup(int port) {
    return Servers.backup(port, backupHostKey, backupUserKey.getPublic(), chroot, faults);
  }

  /** The OpenSSH configuration with the hosts {@code bastion} and {@code backup}. */
  public Path sshConfig() {
    return files.sshConfig();
  }

  /** The host keys of both servers. */
  public Path knownHosts() {
    return files.knownHosts();
  }

  /** The directory that the backup serves; the client sees it as {@code /}. */
  public Path root() {
    return chroot.root();
  }

  public int bastionPort() {
    return bastionPort;
  }

  public int backupPort() {
    return backupPort;
  }

  /** Ends the bastion: connections through it break, new ones are refused. */
  public synchronized void stopBastion() throws IOException {
    bastion.stop(true);
  }

  /** Starts the bastion again, on the same port and with the same key. */
  public synchronized void restartBastion() throws IOException {
    bastion.stop(true);
    bastion = newBastion(bastionPort);
    bastion.start();
  }

  /** Ends the backup; the bastion goes on, and can't reach it. */
  public synchronized void stopBackup() throws IOException {
    backup.stop(true);
  }

  /** Starts the backup again, on the same port and with the same key. */
  public synchronized void restartBackup() throws IOException {
    backup.stop(true);
    backup = newBackup(backupPort);
    backup.start();
  }

  /** Breaks every connection at once, without a word; new ones are welcome. */
  public synchronized void dropConnections() {
    bastion.getActiveSessions().forEach(session -> session.close(true));
    backup.getActiveSessions().forEach(session -> session.close(true));
  }

  /** Makes every write to a path that matches fail, as on a full disk, until {@link #heal}. */
  public void failWrites(Predicate<String> path) {
    fail(Operation.WRITE, path);
  }

  /**
   * Makes an operation fail (SSH_FX_FAILURE) on every path that matches, until {@link #heal}.
   *
   * @param path is asked with the client's path, absolute, one character a byte; for a rename the
   *     new one. It is asked before the operation, on the channel's thread, and may block it.
   */
  public void fail(Operation operation, Predicate<String> path) {
    faults.fail(operation, path);
  }

  /**
   * Makes the backup one that has not all extensions of SFTP, on the channels that are opened from
   * now on, until {@link #heal}.
   */
  public void withhold(String... extensions) {
    faults.withhold(Set.of(extensions));
  }

  /** Changes what the backup says over SFTP, on channels that are open too, until {@link #heal}. */
  public void tamper(Tampering with) {
    faults.tamper(with);
  }

  /** Something that changes the backup's files. */
  public interface LocalChange {
    void make() throws IOException;
  }

  /**
   * Changes files while no request is being carried out: this server looks where a path leads and
   * only then acts, where a kernel does both at once.
   */
  public void between(LocalChange change) throws IOException {
    faults.betweenRequests().lock();
    try {
      change.make();
    } finally {
      faults.betweenRequests().unlock();
    }
  }

  /** Ends what {@link #fail}, {@link #failWrites}, {@link #withhold} and {@link #tamper} began. */
  public void heal() {
    faults.heal();
  }

  /** How often an operation was asked for since the start, whether it succeeded or not. */
  public long count(Operation operation) {
    return faults.count(operation);
  }

  @Override
  public synchronized void close() throws IOException {
    try {
      bastion.stop(true);
    } finally {
      backup.stop(true);
    }
  }
}
