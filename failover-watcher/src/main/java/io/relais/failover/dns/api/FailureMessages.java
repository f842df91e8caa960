package io.relais.failover.dns.api;

import com.google.common.collect.ImmutableList;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.failover.net.HttpException;
import io.relais.failover.net.HttpReply;

/**
 * The messages about failed calls of one provider's API: which call, what happened, what to do. No
 * secret is ever in one, even if the API repeats it. For any number of threads.
 */
public final class FailureMessages {
  private static final int LONGEST = 300;

  private final String provider;
  private final ImmutableList<Secret> secrets;

  /**
   * Of one provider.
   *
   * @param provider whose API it is, as people call it
   * @param secrets what is masked wherever it turns up
   */
  public FailureMessages(String provider, ImmutableList<Secret> secrets) {
    this.provider = provider;
    this.secrets = secrets;
  }

  /**
   * A message.
   *
   * @param call method and path, without secrets
   * @param what what happened
   * @param advice what to do about it; empty if nothing is
   */
  public String of(String call, String what, String advice) {
    String text = what;
    for (Secret secret : secrets) {
      text = secret.value().isEmpty() ? text : text.replace(secret.value(), "***");
    }
    return provider
        + ", "
        + call
        + ": "
        + Printable.cut(text, LONGEST)
        + (advice.isEmpty() ? "" : "; " + advice);
  }

  /**
   * A call that got no reply, or not a whole one.
   *
   * @param changes whether the call changes something: one that doesn't leaves nothing open
   */
  public String noReply(String call, boolean changes, HttpException failure) {
    String what =
        switch (failure.reason()) {
          case NAME -> "the API's name can't be looked up";
          case REFUSED -> "the connection was refused";
          case UNREACHABLE -> "the API can't be reached";
          case CERTIFICATE -> "the server's certificate is not to be trusted";
          case TLS -> "the TLS handshake failed";
          case TIMEOUT -> "no answer in time";
          case BROKEN -> "the connection ended before the answer did";
        };
    String advice =
        switch (failure.reason()) {
          case NAME -> "check this host's DNS resolver and its line";
          case CERTIFICATE, TLS ->
              "check this host's clock and ca-certificates, and whether a captive portal or a"
                  + " proxy answers in "
                  + provider
                  + "'s place";
          case REFUSED, UNREACHABLE, TIMEOUT, BROKEN ->
              changes ? "whether the call was carried out is looked up first" : "";
        };
    String detail = failure.getMessage() == null ? "" : " (" + failure.getMessage() + ")";
    return of(call, what + detail, advice);
  }

  /** What came instead of the published form. Only a page is shown: elsewhere may be a token. */
  public static String unreadable(HttpReply reply) {
    String text = reply.text().strip();
    return text.startsWith("<") ? "a page: " + Printable.quoted(text) : "an unknown form";
  }
}
