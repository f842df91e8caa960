package io.relais.failover.net;

import com.google.common.annotations.VisibleForTesting;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.InetAddresses;
import io.relais.failover.net.HttpException.Kind;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509ExtendedTrustManager;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Sends requests with OkHttp. Each call has its own connection, its own TLS session and its own
 * daemon thread; nothing is retried, redirected, stored or sent through a proxy. Several addresses
 * of one host are tried side by side (RFC 8305).
 *
 * <p>The caller waits apart from the thread that does the work. So a limit holds and an interrupt
 * ends the call at once even where Java can't be interrupted, as in a lookup; its thread then ends
 * by itself when the system's resolver gives up.
 */
public final class OkHttpCaller implements HttpCaller {
  /** What the library would answer by itself, with a second request or an error of its own. */
  private static final ImmutableSet<Integer> FOLLOWED_UP = ImmutableSet.of(407, 408, 421, 503);

  private final Lookup lookup;
  private final Authorities authorities = new Authorities();
  private final OkHttpClient client =
      new OkHttpClient.Builder()
          .proxy(Proxy.NO_PROXY)
          .followRedirects(false)
          .followSslRedirects(false)
          .retryOnConnectionFailure(false)
          .fastFallback(true)
          .connectTimeout(Duration.ZERO)
          .readTimeout(Duration.ZERO)
          .writeTimeout(Duration.ZERO)
          .callTimeout(Duration.ZERO)
          .addNetworkInterceptor(OkHttpCaller::asFinal)
          .build();

  private OkHttpCaller(Lookup lookup) {
    this.lookup = lookup;
  }

  /** Looks names up with the system's resolver. */
  public static OkHttpCaller create() {
    FreshNames.keepNone();
    return new OkHttpCaller(FreshNames::lookup);
  }

  @VisibleForTesting
  static OkHttpCaller create(Lookup lookup) {
    return new OkHttpCaller(lookup);
  }

  /** Finds a host's addresses. */
  interface Lookup {
    List<InetAddress> lookup(String host, Optional<IpFamily> family) throws UnknownHostException;
  }

  @Override
  public HttpReply send(HttpCall call) throws HttpException, InterruptedException {
    Progress progress = new Progress(call.limits(), call.pin().isEmpty());
    Witness witness = new Witness(judge(call, progress), call.trust().verify());
    Failures failures = new Failures(call, progress, witness);
    Request request = Wire.request(call).orElseThrow(failures::noAddress);
    if (!isOfFamily(call)) {
      throw failures.noAddress();
    }
    try (Sockets sockets = new Sockets(call.pin())) {
      Call exchange = client(call, progress, sockets, witness).newCall(request);
      return new Exchange(exchange, call, progress, failures, witness).run();
    }
  }

  private X509ExtendedTrustManager judge(HttpCall call, Progress progress) throws HttpException {
    try {
      return authorities.judge(call.trust().authorities());
    } catch (IOException e) {
      throw new HttpException(
          Kind.CERTIFICATE,
          "the certificate can't be judged: no authorities can be read from "
              + call.trust().authorities().orElseThrow(),
          progress.timings(),
          Optional.empty(),
          e);
    }
  }

  private OkHttpClient client(HttpCall call, Progress progress, Sockets sockets, Witness witness) {
    OkHttpClient.Builder one =
        client
            .newBuilder()
            .connectionPool(new ConnectionPool(0, 1, TimeUnit.SECONDS))
            .dns(host -> addresses(call, host))
            .socketFactory(sockets)
            .eventListener(progress);
    if (Wire.isTls(call.uri())) {
      one.sslSocketFactory(Authorities.sockets(witness), witness);
    }
    if (!call.trust().verify()) {
      one.hostnameVerifier((host, session) -> true);
    }
    return one.build();
  }

  private List<InetAddress> addresses(HttpCall call, String host) throws UnknownHostException {
    return call.pin().isPresent() ? List.of(call.pin().get()) : lookup.lookup(host, call.family());
  }

  /** Whether a pin, or a host that is an address, is of the family asked for. */
  private static boolean isOfFamily(HttpCall call) {
    Optional<InetAddress> fixed =
        call.pin()
            .or(
                () ->
                    Optional.of(call.uri().getHost())
                        .filter(InetAddresses::isUriInetAddress)
                        .map(InetAddresses::forUriString));
    return fixed.isEmpty()
        || call.family().isEmpty()
        || call.family().get() == IpFamily.of(fixed.get());
  }

  /** Hides from the library what it would follow up; {@link Progress#head} has what came. */
  private static Response asFinal(Interceptor.Chain chain) throws IOException {
    Response response = chain.proceed(chain.request());
    return FOLLOWED_UP.contains(response.code())
        ? response.newBuilder().code(HttpURLConnection.HTTP_OK).build()
        : response;
  }
}
