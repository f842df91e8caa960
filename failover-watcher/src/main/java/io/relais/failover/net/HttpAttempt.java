package io.relais.failover.net;

import com.google.common.collect.ImmutableListMultimap;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.relais.common.DurationFormat;
import io.relais.common.Printable;
import io.relais.failover.net.CallProgress.FailedAddress;
import io.relais.failover.net.CallProgress.Phase;
import io.relais.failover.net.HttpException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.Call;
import okhttp3.Headers;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * One call under way: a thread that carries it out, and the caller that waits for it. What went
 * wrong is told by types, and by how far the call came; never by a message's text.
 */
final class HttpAttempt {
  private final HttpCall call;
  private final CallProgress progress;
  private final CertificateRecorder certificates;

  @GuardedBy("this")
  private @Nullable HttpReply reply;

  @GuardedBy("this")
  private @Nullable Throwable failure;

  HttpAttempt(HttpCall call, CallProgress progress, CertificateRecorder certificates) {
    this.call = call;
    this.progress = progress;
    this.certificates = certificates;
  }

  HttpReply run(Call exchange) throws HttpException, InterruptedException {
    Thread.ofPlatform()
        .daemon()
        .name("http " + call.uri().getHost())
        .start(() -> carryOut(exchange));
    try {
      if (!progress.await()) {
        throw late();
      }
      return result();
    } finally {
      exchange.cancel();
    }
  }

  private synchronized HttpReply result() throws HttpException {
    return switch (failure) {
      case null -> Objects.requireNonNull(reply);
      case IOException e -> throw failure(e);
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    };
  }

  @SuppressWarnings("CatchingUnchecked") // handed to the caller, who waits for it
  private void carryOut(Call exchange) {
    try {
      HttpReply received = receive(exchange);
      synchronized (this) {
        reply = received;
      }
    } catch (Throwable e) {
      synchronized (this) {
        failure = e;
      }
    } finally {
      progress.end();
    }
  }

  private HttpReply receive(Call exchange) throws IOException {
    try (Response response = exchange.execute();
        InputStream in = response.body().byteStream()) {
      byte[] body = in.readNBytes(call.largestBody());
      boolean truncated = in.read() != -1;
      if (truncated) {
        exchange
            .cancel(); // otherwise the library reads on for a while, to use the connection again
      }
      Response head = progress.head();
      return new HttpReply(
          head.code(),
          headers(head.headers()),
          body,
          truncated,
          progress.timings(),
          certificates.leaf(),
          call.pin().or(() -> progress.address().map(InetSocketAddress::getAddress)));
    }
  }

  private static ImmutableListMultimap<String, String> headers(Headers headers) {
    ImmutableListMultimap.Builder<String, String> all = ImmutableListMultimap.builder();
    for (int i = 0; i < headers.size(); i++) {
      all.put(headers.name(i).toLowerCase(Locale.ROOT), headers.value(i));
    }
    return all.build();
  }

  /** A limit passed. */
  private HttpException late() {
    IOException cause = new SocketTimeoutException("given up");
    return switch (progress.phase()) {
      case START, NAME ->
          failure(
              Reason.NAME,
              "the lookup of " + host() + " timed out after " + DurationFormat.of(limits().whole()),
              cause);
      case CONNECT ->
          unconnected(cause, "no connection to " + peer() + within(shorter(limits().connect())));
      case TLS ->
          failure(
              Reason.TIMEOUT,
              "no TLS handshake with " + peer() + within(shorter(limits().tls())),
              cause);
      case SEND, HEADERS ->
          failure(Reason.TIMEOUT, "no reply from " + peer() + within(shorter(waited())), cause);
      case BODY ->
          failure(
              Reason.TIMEOUT, "no whole reply from " + peer() + within(limits().whole()), cause);
    };
  }

  /** No address can be asked. */
  HttpException noAddress() {
    return failure(new UnknownHostException(host()));
  }

  /** The call failed. */
  private HttpException failure(IOException cause) {
    return switch (progress.phase()) {
      case START, NAME -> failure(Reason.NAME, noSuchHost(), cause);
      case CONNECT -> unconnected(cause, "cannot connect to " + peer());
      case TLS -> handshake(cause);
      case SEND, HEADERS ->
          failure(
              Reason.BROKEN, peer() + " closed the connection or did not answer in HTTP", cause);
      case BODY -> failure(Reason.BROKEN, "the reply from " + peer() + " broke off", cause);
    };
  }

  /** What the furthest of the addresses came to. */
  private HttpException unconnected(IOException cause, String otherwise) {
    Optional<FailedAddress> connected =
        progress.failed().stream().filter(FailedAddress::connected).findFirst();
    if (connected.isPresent()) {
      return handshake(connected.get().cause());
    }
    return progress.failed().stream()
        .filter(failed -> failed.cause() instanceof ConnectException)
        .findFirst()
        .map(failed -> failure(Reason.REFUSED, peer(failed.address()) + " refused", failed.cause()))
        .orElseGet(() -> failure(Reason.UNREACHABLE, otherwise, cause));
  }

  private HttpException handshake(IOException cause) {
    if (cause instanceof SSLPeerUnverifiedException) {
      return failure(Reason.CERTIFICATE, "the certificate is not for " + host() + subject(), cause);
    }
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof CertificateException) {
        String fault =
            certificates.leaf().map(HttpAttempt::fault).orElse("no certificate was shown");
        return failure(Reason.CERTIFICATE, fault + subject(), cause);
      }
    }
    return failure(Reason.TLS, "the TLS handshake with " + peer() + " failed", cause);
  }

  private static String fault(X509Certificate leaf) {
    try {
      leaf.checkValidity();
      return "the certificate is not signed by a trusted authority";
    } catch (CertificateExpiredException e) {
      return "certificate expired on " + day(leaf.getNotAfter());
    } catch (CertificateNotYetValidException e) {
      return "certificate is not valid before " + day(leaf.getNotBefore());
    }
  }

  private String subject() {
    return certificates
        .leaf()
        .map(c -> " (" + Printable.cut(c.getSubjectX500Principal().getName(), 100) + ")")
        .orElse("");
  }

  @SuppressWarnings("JavaUtilDate") // what X509Certificate gives
  private static LocalDate day(Date date) {
    return LocalDate.ofInstant(date.toInstant(), ZoneOffset.UTC);
  }

  private HttpException failure(Reason kind, String message, Throwable cause) {
    Optional<InetAddress> address =
        call.pin().or(() -> progress.address().map(InetSocketAddress::getAddress));
    return new HttpException(
        kind, message, progress.timings(), certificates.leaf(), address, cause);
  }

  /** Of two limits that ran, the one that passed. */
  private Duration shorter(Duration limit) {
    return limit.compareTo(limits().whole()) < 0 ? limit : limits().whole();
  }

  private Duration waited() {
    return progress.phase() == Phase.SEND ? limits().whole() : limits().firstByte();
  }

  private String noSuchHost() {
    return call.family()
        .map(
            f ->
                "the name "
                    + host()
                    + " has no "
                    + (f == IpFamily.V4 ? "IPv4" : "IPv6")
                    + " address")
        .orElseGet(() -> host() + " does not resolve (no such host)");
  }

  private static String within(Duration limit) {
    return " within " + DurationFormat.of(limit);
  }

  private HttpLimits limits() {
    return call.limits();
  }

  private String host() {
    return call.uri().getHost();
  }

  private String peer() {
    URI uri = call.uri();
    return call.pin()
        .map(pin -> Urls.hostAndPort(pin, Urls.port(uri)))
        .or(() -> progress.address().map(HttpAttempt::peer))
        .orElseGet(() -> Urls.site(uri));
  }

  private static String peer(InetSocketAddress address) {
    return address.getAddress() == null
        ? address.getHostString() + ":" + address.getPort()
        : Urls.hostAndPort(address.getAddress(), address.getPort());
  }
}
