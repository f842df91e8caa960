package io.relais.failover.notify;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TemplateTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\": ${titel}}       | ${titel} is unknown",
        "{\"a\": ${field.}}      | ${field.} is unknown",
        "{\"a\": ${title}        | is not valid JSON",
        "{\"a\": \"${title}\"}   | brings its own quotes",
        "{\"a\": \"x ${title}, ${text} y\"} | brings its own quotes",
        "{\"a\": ${title         | without its }",
        "{} {}                   | is not valid JSON",
        "' '                     | is empty"
      })
  void refusesWhatWouldNotBecomeJson(String template, String why) {
    assertThatThrownBy(() -> Template.parse(template))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  @Test
  void neverLetsAValueOutOfItsString() throws Exception {
    String evil = "\", \"admin\": true, \"x\": \"${text}$1\\";
    byte[] body = Template.parse("{\"a\": ${title}}").render(Notices.switched().withTitle(evil));
    var tree = new ObjectMapper().readTree(body);
    assertThat(tree.size()).isOne();
    assertThat(tree.path("a").asText()).isEqualTo(evil);
  }

  @Test
  void leavesTheRestAsItIs() {
    assertThat(
            new String(Template.parse(" [1, \"$x\" ,${kind}]\n").render(Notices.switched()), UTF_8))
        .isEqualTo(" [1, \"$x\" ,\"switched\"]\n");
  }
}
