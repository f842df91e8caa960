package io.relais.openssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RouteTest {
  @Test
  void aHopGivenByItsAliasIsLookedUpInTheSameFile() throws SshConfigException {
    HopChain chain =
        new SshFiles()
            .resolver(
                "Host bastion",
                "  HostName gate.example",
                "  User jump",
                "  Port 2022",
                "Host backup",
                "  HostName backup.example",
                "  ProxyJump bastion")
            .route("backup");

    assertThat(show(chain)).containsExactly("jump@gate.example:2022", "mirror@backup.example:22");
    assertThat(chain.target().alias()).isEqualTo("backup");
    assertThat(chain.bastions()).hasSize(1);
  }

  @Test
  void whatTheJumpSaysOfTheHopWinsAndMatchSeesIt() throws SshConfigException {
    List<String> hops =
        route(
            "backup",
            "Match host gate user other",
            "  HostName gate2.example",
            "Host gate",
            "  User jump",
            "  Port 2022",
            "Host backup",
            "  ProxyJump other@gate:33");

    assertThat(hops).containsExactly("other@gate2.example:33", "mirror@backup:22");
  }

  @Test
  void severalHopsKeepTheirOrder() throws SshConfigException {
    assertThat(route("t", "Host t", "ProxyJump a, b@b".replace(", ", ",") + ":1,ssh://c@c:2/"))
        .containsExactly("mirror@a:22", "b@b:1", "c@c:2", "mirror@t:22");
  }

  @Test
  void onlyTheFirstHopsOwnJumpIsFollowed() throws SshConfigException {
    List<String> hops =
        route(
            "t",
            "Host a",
            "  ProxyJump outer",
            "Host b",
            "  ProxyJump ignored",
            "Host t",
            "  ProxyJump a,b");

    assertThat(hops)
        .containsExactly("mirror@outer:22", "mirror@a:22", "mirror@b:22", "mirror@t:22");
  }

  @Test
  void addressesMayStandInBrackets() throws SshConfigException {
    assertThat(route("t", "Host t", "ProxyJump u@[2001:DB8::1]:5"))
        .containsExactly("u@2001:DB8::1:5", "mirror@t:22");
  }

  @Test
  void tokensOfAJumpStandForTheHostBehindIt() throws SshConfigException {
    assertThat(route("t", "Host t", "HostName %h.example", "ProxyJump %r-%n@jump-%h:7", "Host *"))
        .containsExactly("mirror-t@jump-t.example:7", "mirror@t.example:22");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ProxyJump none    | ProxyJump a       | direct
          ProxyCommand none | ProxyJump a       | direct
          ProxyCommand none | ProxyCommand nc   | direct
          ProxyJump a       | ProxyCommand nc   | a
          ProxyJump a # via | ProxyJump b       | a
          ProxyJump=a       | ProxyJump b       | a
          ProxyJump NONE    | ProxyCommand none | direct
          """)
  void theFirstOfJumpAndCommandWins(String first, String second, String expected)
      throws SshConfigException {
    List<String> hops = route("t", "Host t", first, second);

    assertThat(hops).hasSize(expected.equals("direct") ? 1 : 2);
    assertThat(hops.getFirst())
        .isEqualTo(expected.equals("direct") ? "mirror@t:22" : "mirror@a:22");
  }

  @Test
  void aCommandBehindJumpNoneIsRefusedSinceReleasesDiffer() {
    assertThatThrownBy(() -> route("t", "ProxyJump none", "ProxyCommand nc"))
        .hasMessageStartingWith("/c/config:2: releases of OpenSSH differ");
  }

  @Test
  void aCommandOfABastionIsRefusedToo() {
    assertThatThrownBy(
            () -> route("t", "Host a", "  ProxyCommand nc %h", "Host t", "  ProxyJump a"))
        .hasMessageStartingWith("/c/config:2: ProxyCommand can't be run here");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Host *       | ProxyJump a
          Host t       | ProxyJump t
          Host t a     | ProxyJump x%h
          Host *       | ProxyJump x%h
          """)
  void aCircleIsNamed(String header, String jump) {
    assertThatThrownBy(
            () ->
                route(
                    "t",
                    header,
                    jump,
                    "Host a",
                    "  HostName gate.example",
                    "Host xt",
                    "ProxyJump t"))
        .isInstanceOf(SshConfigException.class)
        .hasMessageStartingWith("/c/config:")
        .hasMessageContaining("back to itself; add 'ProxyJump none'");
  }

  @Test
  void jumpNoneForTheBastionEndsTheCircle() throws SshConfigException {
    assertThat(route("t", "Host a", "  ProxyJump none", "Host *", "  ProxyJump a"))
        .containsExactly("mirror@a:22", "mirror@t:22");
  }

  @Test
  void theHashOfTheConnectionIsRefusedBehindAJumpSinceReleasesDiffer() {
    assertThatThrownBy(() -> route("t", "Host t", "ProxyJump a", "IdentityFile /k/%C"))
        .hasMessageStartingWith("/c/config:3: IdentityFile does not support the token '%C'");
  }

  private static List<String> route(String alias, String... lines) throws SshConfigException {
    return show(new SshFiles().resolver(lines).route(alias));
  }

  private static List<String> show(HopChain chain) {
    return chain.hops().stream()
        .map(hop -> hop.user() + "@" + hop.hostName() + ":" + hop.port())
        .toList();
  }
}
