package io.relais.benchmark.mirror;

import io.relais.testbed.ssh.OpenSshBed;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * The way to the backup: a wire, a bastion, and a backup with a chrooted and a shell account; and
 * the clients' configurations for it. For one thread.
 */
final class Link implements AutoCloseable {
  /** How long the wire has to be silent for an exchange to be over. */
  private static final Duration SILENCE = Duration.ofMillis(300);

  /** So few are deleted without being noticed, and may be large. */
  private static final int MANY = 100;

  private final Path directory;
  private final OpenSshBed bed;
  private final Wire wire;
  private final boolean inMemory;
  private int roundTrip;
  private int removed;

  /**
   * Starts everything.
   *
   * @param inMemory whether the backup's disk is a tmpfs
   * @param sessions whether the bastion lets a session open
   */
  Link(Path directory, boolean inMemory, boolean sessions) throws IOException {
    this.directory = Files.createDirectories(directory);
    this.inMemory = inMemory;
    OpenSshBed.Builder builder = OpenSshBed.in(directory.resolve("client"));
    this.bed = (sessions ? builder : builder.hardened()).start();
    this.wire = Wire.to(bed.portOf(OpenSshBed.Server.BASTION));
    if (inMemory) {
      mount(bed.data());
      mount(bed.shellData());
    }
    Files.createDirectories(directory.resolve("cm"));
    writeConfigurations();
  }

  private static void mount(Path place) throws IOException {
    String owner = "mode=755,uid=%s,gid=%s".formatted(id(place, "uid"), id(place, "gid"));
    Commands.check("mount", "-t", "tmpfs", "-o", owner, "relais-benchmark", place.toString());
  }

  private static Object id(Path place, String name) throws IOException {
    return Files.getAttribute(place, "unix:" + name);
  }

  /** As the bed's, but through our wire. */
  private void writeConfigurations() throws IOException {
    String theirs = Integer.toString(bed.proxy().port());
    String ours = Integer.toString(wire.port());
    String hosts = Files.readString(bed.knownHosts()).replace("]:" + theirs, "]:" + ours);
    Path knownHosts = Files.writeString(directory.resolve("known_hosts"), hosts);
    String config =
        Files.readString(bed.sshConfig())
            .replace("Port " + theirs, "Port " + ours)
            .replace(bed.knownHosts().toString(), knownHosts.toString());
    Files.writeString(sshConfig(false), config);
    Files.writeString(
        sshConfig(true),
        """
        Host *
            ControlMaster auto
            ControlPath %s/cm/%%n
            ControlPersist 1h

        """
                .formatted(directory)
            + config);
  }

  /** The clients' ssh_config; a shared one keeps its connections open and uses them again. */
  Path sshConfig(boolean shared) {
    return directory.resolve(shared ? "ssh_config.shared" : "ssh_config");
  }

  /** Ends shared connections; what connects from now on is so far away. */
  void roundTrip(int millis) throws IOException, InterruptedException {
    endShared();
    wire.roundTrip(millis);
    roundTrip = millis;
  }

  /** Milliseconds. */
  int roundTrip() {
    return roundTrip;
  }

  /** Opens the shared connections, as they are after the first sync of the day. */
  void openShared() throws IOException, InterruptedException {
    Commands.check("ssh", "-F", sshConfig(true).toString(), "backup-shell", "true");
  }

  private void endShared() throws IOException {
    for (String host : List.of("backup-shell", "backup", "bastion")) {
      if (Files.exists(directory.resolve("cm").resolve(host))) {
        var _ = Commands.succeeds("ssh", "-F", sshConfig(true).toString(), "-O", "exit", host);
      }
    }
  }

  /** Bytes between client and bastion so far, both ways. */
  long bytes() throws IOException {
    return wire.bytes();
  }

  /** Waits until nothing goes over the wire any more. */
  void awaitSilence() throws IOException, InterruptedException {
    long needed = SILENCE.plusMillis(2L * roundTrip).toNanos();
    long before = bytes();
    long since = System.nanoTime();
    while (System.nanoTime() - since < needed) {
      Thread.sleep(20);
      long now = bytes();
      if (now != before) {
        before = now;
        since = System.nanoTime();
      }
    }
  }

  /** The alias of the account that this one writes through. */
  String host(Contender contender) {
    return contender.isChrooted() ? "backup" : "backup-shell";
  }

  /** Where a directory of the backup lies, as this machine sees it. */
  Path onDisk(Contender contender, String name) {
    return (contender.isChrooted() ? bed.data() : bed.shellData()).resolve(name);
  }

  /** The same, as the contender has to name it. */
  String remote(Contender contender, String name) {
    return contender.isChrooted() ? "/data/" + name : onDisk(contender, name).toString();
  }

  /**
   * Removes a directory at the backup; one of many files is only put away until the end. An ext4
   * without a journal gives out no number of a file deleted within the last minutes, and looks at
   * every such number whenever it makes a file (its {@code recently_deleted}): whoever came next
   * would pay for that.
   */
  void remove(Contender contender, String name) throws IOException, InterruptedException {
    Path there = onDisk(contender, name);
    if (inMemory || !holdsMany(there)) {
      Commands.check("rm", "-rf", there.toString());
    } else {
      Files.move(there, there.resolveSibling("removed-" + ++removed));
    }
  }

  private static boolean holdsMany(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return false;
    }
    try (Stream<Path> all = Files.walk(directory)) {
      return all.skip(MANY).findAny().isPresent();
    }
  }

  /** Makes an empty directory at the backup. */
  void makeEmpty(Contender contender, String name) throws IOException, InterruptedException {
    remove(contender, name);
    Path made = Files.createDirectory(onDisk(contender, name));
    giveAway(contender, made);
  }

  /** Puts a copy at the backup, as a finished sync would leave it. */
  void place(Contender contender, Path source, String name)
      throws IOException, InterruptedException {
    remove(contender, name);
    Path made = onDisk(contender, name);
    Commands.check("cp", "-a", source.toString(), made.toString());
    giveAway(contender, made);
  }

  private void giveAway(Contender contender, Path made) throws IOException, InterruptedException {
    File parent = onDisk(contender, "").toFile();
    Commands.check("chown", "-R", "--reference=" + parent, made.toString());
  }

  @Override
  public void close() throws IOException {
    endShared();
    wire.close();
    if (inMemory) {
      Commands.check("umount", "--lazy", bed.data().toString());
      Commands.check("umount", "--lazy", bed.shellData().toString());
    }
    bed.close();
  }
}
