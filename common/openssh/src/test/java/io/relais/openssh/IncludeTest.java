package io.relais.openssh;

import static io.relais.openssh.SshFiles.resolve;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class IncludeTest {
  @Test
  void readsFilesInTheOrderOfTheirNames() throws SshConfigException {
    Map<String, String> files =
        Map.of(
            "/inc/20.conf", "IdentityFile /k/20",
            "/inc/10.conf", "IdentityFile /k/10",
            "/inc/.hidden.conf", "IdentityFile /k/hidden",
            "/inc/30.txt", "IdentityFile /k/30");

    assertThat(resolve(files, "b", "Include /inc/*.conf /none/* /inc/30.txt").identityFiles())
        .hasToString("[/k/10, /k/20, /k/30]");
  }

  @Test
  void globsMatchSetsAndDirectories() throws SshConfigException {
    Map<String, String> files =
        Map.of(
            "/a/x/1", "IdentityFile /k/x1",
            "/a/y/1", "IdentityFile /k/y1",
            "/a/y/2", "IdentityFile /k/y2",
            "/a/z/^", "IdentityFile /k/hat");

    assertThat(resolve(files, "b", "Include /a/[xy]/1").identityFiles())
        .hasToString("[/k/x1, /k/y1]");
    assertThat(resolve(files, "b", "Include /a/*/[!1]").identityFiles())
        .hasToString("[/k/y2, /k/hat]");
    assertThat(resolve(files, "b", "Include /a/?/[0-9]").identityFiles())
        .hasToString("[/k/x1, /k/y1, /k/y2]");
    assertThat(resolve(files, "b", "Include /a/?/[^]").identityFiles()).hasToString("[/k/hat]");
    assertThat(resolve(files, "b", "Include /a").usualIdentities()).isTrue();
  }

  @Test
  void aRelativePathIsInTheUsersDirectoryOrInTheSystems() throws SshConfigException {
    SshFiles disk = new SshFiles();
    disk.write("/home/mirror/.ssh/config", "Include conf.d/*");
    disk.write("/home/mirror/.ssh/conf.d/a", "Port 1");
    disk.write("/etc/ssh/ssh_config", "Include ssh_config.d/*.conf");
    disk.write("/etc/ssh/ssh_config.d/b.conf", "Port 2", "User system");

    ResolvedHost host = HostResolver.ofUsualFiles(disk.local).resolve("b");

    assertThat(host.port()).isEqualTo(1);
    assertThat(host.user()).isEqualTo("system");
  }

  @Test
  void aTildeIsTheUsersHomeAndNothingForASystemFile() throws SshConfigException {
    assertThat(resolve(Map.of("/home/mirror/x", "Port 9"), "b", "Include \"~/x\"").port())
        .isEqualTo(9);

    SshFiles disk = new SshFiles();
    disk.write("/etc/ssh/ssh_config", "Include ~/x");
    assertThatThrownBy(() -> HostResolver.ofUsualFiles(disk.local))
        .hasMessageStartingWith("/etc/ssh/ssh_config:1: a system file can't include");
  }

  @Test
  void insideAHostBlockItAppliesOnlyThere() throws SshConfigException {
    Map<String, String> files = Map.of("/inc", "Port 5\nHost *\n  User all\nMatch all\n  Port 6");
    String[] lines = {"Host a", "  Include /inc", "  HostName in-a", "Host *", "  Port 7"};

    ResolvedHost inside = resolve(files, "a", lines);
    ResolvedHost outside = resolve(files, "b", lines);

    assertThat(inside.port()).isEqualTo(5);
    assertThat(inside.user()).isEqualTo("all");
    assertThat(inside.hostName()).isEqualTo("in-a");
    assertThat(outside.port()).isEqualTo(7);
    assertThat(outside.user()).isEqualTo("mirror");
  }

  @Test
  void aHostBlockInAnIncludedFileEndsWithIt() throws SshConfigException {
    assertThat(resolve(Map.of("/inc", "Host other\n"), "b", "Include /inc", "Port 8").port())
        .isEqualTo(8);
  }

  @Test
  void sixteenLevelsAreReadAndNoMore() throws SshConfigException {
    assertThat(resolve(chain(16), "b", "Include /d1").port()).isEqualTo(1);
    assertThatThrownBy(() -> resolve(chain(17), "b", "Include /d1"))
        .hasMessageContaining("more than 16 deep");
    assertThatThrownBy(() -> resolve(Map.of("/self", "Include /self"), "b", "Include /self"))
        .hasMessageStartingWith("/self:1: files include each other");
  }

  private static Map<String, String> chain(int levels) {
    return IntStream.rangeClosed(1, levels)
        .boxed()
        .collect(
            Collectors.toMap(i -> "/d" + i, i -> i == levels ? "Port 1" : "Include /d" + (i + 1)));
  }

  @Test
  void anIncludedFileMustNotBeWritableByOthersWhereverItIsIncluded() {
    SshFiles disk = new SshFiles();
    disk.write("/inc", "Port 1");
    disk.mode("/inc", "rw-r--rw-");

    assertThatThrownBy(() -> disk.resolver("Host other", "Include /inc"))
        .hasMessageStartingWith("/inc: bad owner or permissions");
  }

  @Test
  void mistakesNameTheIncludedFile() {
    assertThatThrownBy(() -> resolve(Map.of("/inc", "\nPort x"), "b", "Include /inc"))
        .hasMessageStartingWith("/inc:2: 'x' is not a valid port");
  }
}
