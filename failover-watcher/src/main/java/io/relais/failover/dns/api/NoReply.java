package io.relais.failover.dns.api;

import io.relais.failover.net.HttpException;

/**
 * What it means that a call of a provider's API got no whole reply.
 *
 * @param what what happened
 * @param advice what to do about it; empty if nothing is
 */
public record NoReply(String what, String advice) {
  /**
   * Says it of one call.
   *
   * @param call its method and path: one that changes nothing leaves nothing open
   * @param provider whose API it is, as people call it
   */
  public static NoReply of(String call, HttpException failure, String provider) {
    String what =
        switch (failure.kind()) {
          case NAME -> "the API's name can't be looked up";
          case REFUSED -> "the connection was refused";
          case UNREACHABLE -> "the API can't be reached";
          case CERTIFICATE -> "the server's certificate is not to be trusted";
          case TLS -> "the TLS handshake failed";
          case TIMEOUT -> "no answer in time";
          case BROKEN -> "the connection ended before the answer did";
        };
    String advice =
        switch (failure.kind()) {
          case NAME -> "check this host's DNS resolver and its line";
          case CERTIFICATE, TLS ->
              "check this host's clock and ca-certificates, and whether a captive portal or a"
                  + " proxy answers in "
                  + provider
                  + "'s place";
          case REFUSED, UNREACHABLE, TIMEOUT, BROKEN ->
              call.startsWith("GET ") ? "" : "whether the call was carried out is looked up first";
        };
    String detail = failure.getMessage() == null ? "" : " (" + failure.getMessage() + ")";
    return new NoReply(what + detail, advice);
  }
}
