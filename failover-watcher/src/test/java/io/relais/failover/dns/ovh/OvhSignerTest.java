package io.relais.failover.dns.ovh;

import static org.assertj.core.api.Assertions.assertThat;

import io.relais.common.Secret;
import org.junit.jupiter.api.Test;

/**
 * The digests were made with {@code printf %s 'SECRET+CONSUMER+METHOD+URL+BODY+TIME' | openssl dgst
 * -sha1}.
 */
final class OvhSignerTest {
  private static final OvhSettings.ApplicationKeys KEYS =
      new OvhSettings.ApplicationKeys(
          "application",
          Secret.of("EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF"),
          Secret.of("MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1"));

  @Test
  void signsACallWithoutABodyAndWithItsQuery() {
    assertThat(
            OvhSigner.signature(
                KEYS,
                "GET",
                "https://eu.api.ovh.com/1.0/domain/zone/example.org/record?fieldType=A&subDomain=www",
                "",
                1366560945))
        .isEqualTo("$1$d1515d251d6f4a000acf629ba81545d3e9c68717");
  }

  @Test
  void signsTheBody() {
    assertThat(
            OvhSigner.signature(
                KEYS,
                "PUT",
                "https://ca.api.ovh.com/1.0/domain/zone/example.org/record/5301234567",
                "{\"subDomain\":\"www\",\"target\":\"198.51.100.20\",\"ttl\":60}",
                1767323045))
        .isEqualTo("$1$d3d3fcbfd00e84cefe5ddc2a13e03eea9b1af121");
  }
}
