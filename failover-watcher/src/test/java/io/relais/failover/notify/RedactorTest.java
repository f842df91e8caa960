package io.relais.failover.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What others may repeat of a channel's settings, and what not. */
final class RedactorTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "no POST /bot12345:SECRET-KEY/send?chat=4711000000 here | no POST *** here",
        "the token bot12345:SECRET-KEY is unknown               | the token *** is unknown",
        "chat 4711000000 not found                              | chat *** not found",
        "bot, send and chat are words                           | bot, send and chat are words",
        "api.example.org does not answer                        | api.example.org does not answer",
        "user me:p4ssw0rd is unknown                            | user *** is unknown",
        "Authorization: header-key, again header-key            | Authorization: ***, again ***",
        "priority 5                                             | priority 5"
      })
  void hidesThePathItsPartsAndOtherSecrets(String said, String shown) {
    URI uri =
        URI.create("https://me:p4ssw0rd@api.example.org/bot12345:SECRET-KEY/send?chat=4711000000");
    assertThat(Redactor.of(uri, List.of("header-key", "5")).redact(said)).isEqualTo(shown);
  }

  @Test
  void hidesAPartAlsoWhereItIsDecoded() {
    Redactor redactor = Redactor.of(URI.create("https://example.org/a%2Fkey%20of%20us"), List.of());
    assertThat(redactor.redact("a%2Fkey%20of%20us, or a/key of us")).isEqualTo("***, or ***");
  }

  /** Not every {@code %} in a password is an escape. */
  @Test
  void hidesWhatCanNotBeDecoded() {
    Redactor redactor = Redactor.of(URI.create("https://example.org/"), List.of("100%secret"));
    assertThat(redactor.redact("not 100%secret")).isEqualTo("not ***");
  }

  @Test
  void leavesNothingOfALongSecretThatBeginsWithAShortOne() {
    Redactor redactor =
        Redactor.of(URI.create("https://example.org/"), List.of("abcd", "abcdefgh"));
    assertThat(redactor.redact("abcdefgh abcd")).isEqualTo("*** ***");
  }

  @Test
  void leavesATextAsItIsWhereThereIsNoSecret() {
    Redactor redactor = Redactor.of(URI.create("https://example.org"), List.of());
    assertThat(redactor.redact("https://example.org says /no/"))
        .isEqualTo("https://example.org says /no/");
  }
}
