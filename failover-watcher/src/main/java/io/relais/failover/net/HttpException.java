package io.relais.failover.net;

import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.Optional;

/** No answer came, or not whole. The message has neither the URL's path nor its query. */
public final class HttpException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What went wrong, told by types and not by texts. */
  public enum Reason {
    /** The host's name does not resolve. */
    NAME,
    /** Something answered that nobody listens there. */
    REFUSED,
    /** No answer to the connection attempt in time, or no way there. */
    UNREACHABLE,
    /** The certificate is not to be trusted: expired, another name, unknown authority. */
    CERTIFICATE,
    /** The TLS handshake failed otherwise. */
    TLS,
    /** Connected, but a limit for TLS, first byte or whole passed. */
    TIMEOUT,
    /** The connection ended before the reply did, or what came is not HTTP. */
    BROKEN
  }

  private final Reason reason;
  private final transient HttpTimings timings;
  private final transient Optional<X509Certificate> certificate;
  private final transient Optional<InetAddress> address;

  public HttpException(
      Reason reason,
      String message,
      HttpTimings timings,
      Optional<X509Certificate> certificate,
      Throwable cause) {
    this(reason, message, timings, certificate, Optional.empty(), cause);
  }

  public HttpException(
      Reason reason,
      String message,
      HttpTimings timings,
      Optional<X509Certificate> certificate,
      Optional<InetAddress> address,
      Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.timings = timings;
    this.certificate = certificate;
    this.address = address;
  }

  public Reason reason() {
    return reason;
  }

  /**
   * Whether the request may have reached the server, which may then have carried it out; otherwise
   * there was no connection to send it on.
   */
  public boolean mayHaveBeenSent() {
    return reason == Reason.TIMEOUT || reason == Reason.BROKEN;
  }

  public HttpTimings timings() {
    return timings;
  }

  /** The server's certificate where it came so far, as with an expired one. */
  public Optional<X509Certificate> certificate() {
    return certificate;
  }

  /** The address that was asked, or tried last; empty if the name led to none. */
  public Optional<InetAddress> address() {
    return address;
  }
}
