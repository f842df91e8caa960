package io.relais.failover.net;

import com.google.common.collect.ImmutableListMultimap;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Objects;
import okhttp3.Call;
import okhttp3.Headers;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** One call under way: a thread that carries it out, and the caller that waits for it. */
final class HttpAttempt {
  private final Call exchange;
  private final HttpCall call;
  private final CallProgress progress;
  private final HttpFailures failures;
  private final CertificateRecorder certificates;

  @GuardedBy("this")
  private @Nullable HttpReply reply;

  @GuardedBy("this")
  private @Nullable Throwable failure;

  HttpAttempt(
      Call exchange,
      HttpCall call,
      CallProgress progress,
      HttpFailures failures,
      CertificateRecorder certificates) {
    this.exchange = exchange;
    this.call = call;
    this.progress = progress;
    this.failures = failures;
    this.certificates = certificates;
  }

  HttpReply run() throws HttpException, InterruptedException {
    Thread.ofPlatform().daemon().name("http " + call.uri().getHost()).start(this::carryOut);
    try {
      if (!progress.await()) {
        throw failures.late();
      }
      return result();
    } finally {
      exchange.cancel();
    }
  }

  private synchronized HttpReply result() throws HttpException {
    return switch (failure) {
      case null -> Objects.requireNonNull(reply);
      case IOException e -> throw failures.of(e);
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    };
  }

  @SuppressWarnings("CatchingUnchecked") // handed to the caller, who waits for it
  private void carryOut() {
    try {
      HttpReply received = receive();
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

  private HttpReply receive() throws IOException {
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
}
