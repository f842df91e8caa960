package io.relais.openssh;

import static io.relais.openssh.SshFiles.resolve;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MatchTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          Match all                         | true
          Match !all                        | false
          Match host b.example              | true
          Match host B.EXAMPLE              | true
          Match host b                      | false
          Match originalhost b              | true
          Match originalhost=b              | true
          Match originalhost b.example      | false
          Match host a,*.example            | true
          Match host !b.*,*.example         | false
          Match !host b.example             | false
          Match !host a                     | true
          Match user deploy                 | true
          Match user Deploy                 | false
          Match localuser mirror            | true
          Match localuser root              | false
          Match host b.example user deploy  | true
          Match host b.example user root    | false
          Match host "b.example" # comment  | true
          Match MATCH host x                | error
          Match host b.example all          | true
          Match user root all               | false
          Match canonical all               | false
          """)
  void decidesItsCriteria(String header, String expected) {
    String[] lines = {"HostName %h.example", "User deploy", header, "  Port 1"};

    assertThat(outcome(lines)).isEqualTo(expected);
  }

  private static String outcome(String... lines) {
    try {
      return String.valueOf(resolve("b", lines).port() == 1);
    } catch (SshConfigException e) {
      return "error";
    }
  }

  @Test
  void seesOnlyWhatIsSetAboveIt() throws SshConfigException {
    ResolvedHost host = resolve("b", "Match user deploy", "  Port 1", "Match all", "  User deploy");

    assertThat(host.port()).isEqualTo(22);
  }

  @Test
  void finalReadsTheFilesASecondTimeWithTheNameKnown() throws SshConfigException {
    ResolvedHost host =
        resolve(
            "b",
            "Match final host c.example",
            "  Port 1",
            "  IdentityFile /k/final",
            "Match host c.example",
            "  User late",
            "Host b",
            "  HostName c.example",
            "  IdentityFile /k/b");

    assertThat(host.port()).isEqualTo(1);
    assertThat(host.user()).isEqualTo("late");
    assertThat(host.identityFiles()).hasToString("[/k/b, /k/final]");
  }

  @Test
  void onTheSecondReadingAHostBlockMeetsTheNameOfTheFirst() throws SshConfigException {
    ResolvedHost host =
        resolve(
            "b", "Match final all", "Host c.example", "  Port 1", "Host b", "  HostName c.example");

    assertThat(host.port()).isEqualTo(1);
  }

  @Test
  void finalDoesNotOverrideWhatTheFirstReadingSet() throws SshConfigException {
    assertThat(resolve("b", "Match final all", "  Port 1", "Host b", "  Port 2").port())
        .isEqualTo(2);
  }
}
