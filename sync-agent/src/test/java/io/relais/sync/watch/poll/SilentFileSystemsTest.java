package io.relais.sync.watch.poll;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.sync.watch.MountTable;
import io.relais.sync.watch.MountTable.Mount;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SilentFileSystemsTest {
  private static final List<Mount> TABLE =
      MountTable.parse(
          List.of(
              "22 1 254:0 / / rw - ext4 /dev/vda rw",
              "40 22 0:40 / /srv/site rw shared:5 master:1 - nfs4 10.0.0.2:/site rw",
              "41 40 254:1 / /srv/site/uploads rw - xfs /dev/vdb rw",
              "42 41 0:42 / /srv/site/uploads/a\\040b rw - fuse.sshfs user@host:/ rw",
              "43 22 0:43 / /srv/site-old rw - cifs //nas/old rw",
              "44 22 0:44 / /var/data rw - fuseblk /dev/vdc rw",
              "45 22 0:45 / /var/over rw - 9p share rw",
              "46 45 254:2 / /var/over rw - ext4 /dev/vdd rw",
              "no line of a table"));

  @Test
  void findsWhatHoldsADirectoryAndWhatIsMountedInIt() {
    assertThat(SilentFileSystems.at(Path.of("/srv/site"), TABLE))
        .isEqualTo(
            Map.of(Path.of("/srv/site"), "nfs4", Path.of("/srv/site/uploads/a b"), "fuse.sshfs"));
    assertThat(SilentFileSystems.at(Path.of("/srv/site/html"), TABLE))
        .isEqualTo(Map.of(Path.of("/srv/site/html"), "nfs4"));
  }

  @Test
  void whatIsMountedOverOneHidesIt() {
    assertThat(SilentFileSystems.at(Path.of("/srv/site/uploads/one"), TABLE)).isEmpty();
    assertThat(SilentFileSystems.at(Path.of("/var/over"), TABLE)).isEmpty();
    assertThat(SilentFileSystems.at(Path.of("/var"), TABLE)).isEmpty();
  }

  @Test
  void aDiskOfThisMachineTellsOfEverything() {
    assertThat(SilentFileSystems.at(Path.of("/var/data"), TABLE)).isEmpty();
    assertThat(SilentFileSystems.at(Path.of("/srv/site-older"), TABLE)).isEmpty();
  }

  @Test
  void saysHowOftenItIsLookedAt() {
    assertThat(SilentFileSystems.told(Path.of("/srv/site"), "nfs4", Duration.ofSeconds(30)))
        .isEqualTo(
            "/srv/site is on a file system of type nfs4, which does not tell of changes made"
                + " elsewhere: it is looked at every 30 s for new and deleted files, and every 5 min"
                + " for all else ('poll')");
  }
}
