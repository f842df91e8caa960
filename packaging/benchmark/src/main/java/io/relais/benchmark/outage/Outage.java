package io.relais.benchmark.outage;

import io.relais.failover.e2e.FailoverBed;
import io.relais.failover.e2e.WebSite;
import java.io.IOException;
import java.time.Duration;

/** How production fails. */
enum Outage {
  REFUSING("refuses connections"),
  HANGING("accepts, and never answers"),
  TRICKLING("answers without end"),
  ERROR("answers 500"),
  WRONG_TEXT("serves another text"),
  EXPIRED("serves an expired certificate"),
  OFF("does not answer at all");

  private final String text;

  Outage(String text) {
    this.text = text;
  }

  /** For people. */
  String text() {
    return text;
  }

  /** Makes production fail so, from now on. */
  void befall(FailoverBed bed) throws IOException {
    WebSite production = bed.production;
    switch (this) {
      case REFUSING -> production.close();
      case HANGING -> production.hangs();
      case TRICKLING -> production.trickles();
      case ERROR -> production.answers(500, "Oops");
      case WRONG_TEXT -> production.answers(200, "<h1>It works!</h1>");
      case EXPIRED ->
          production.certificate(bed.certificates.expired(Duration.ofHours(1), FailoverBed.NAME));
      case OFF -> production.goesSilent();
    }
  }
}
