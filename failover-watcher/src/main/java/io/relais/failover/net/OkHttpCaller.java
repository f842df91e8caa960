package io.relais.failover.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.annotations.VisibleForTesting;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HttpHeaders;
import com.google.common.net.InetAddresses;
import io.relais.failover.net.HttpException.Reason;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import okhttp3.ConnectionPool;
import okhttp3.Credentials;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

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

  private static final ImmutableSet<String> ALWAYS_WITH_BODY =
      ImmutableSet.of("POST", "PUT", "PATCH");

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
    SystemResolver.disableCaching();
    return new OkHttpCaller(SystemResolver::lookup);
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
    CallProgress progress = new CallProgress(call.limits(), call.pin().isEmpty());
    CertificateRecorder certificates =
        new CertificateRecorder(judge(call, progress), call.trust().verify());
    HttpAttempt attempt = new HttpAttempt(call, progress, certificates);
    Request request = request(call).orElseThrow(attempt::noAddress);
    if (!isOfFamily(call)) {
      throw attempt.noAddress();
    }
    try (Sockets sockets = new Sockets(call.pin())) {
      return attempt.run(client(call, progress, sockets, certificates).newCall(request));
    }
  }

  /** The request; empty if the URL is one that can't be asked (a zone in an IPv6 address, say). */
  private static Optional<Request> request(HttpCall call) {
    @Nullable HttpUrl url = HttpUrl.parse(call.uri().toString());
    if (url == null) {
      return Optional.empty();
    }
    Request.Builder request =
        new Request.Builder()
            .url(url)
            .method(call.method(), body(call))
            .header(HttpHeaders.USER_AGENT, "failover-watcher")
            .header(HttpHeaders.CONNECTION, "close");
    if (!url.username().isEmpty() || !url.password().isEmpty()) {
      request.header(
          HttpHeaders.AUTHORIZATION, Credentials.basic(url.username(), url.password(), UTF_8));
    }
    call.headers().forEach(request::header);
    return Optional.of(request.build());
  }

  private static @Nullable RequestBody body(HttpCall call) {
    if (call.body().isEmpty() && !ALWAYS_WITH_BODY.contains(call.method())) {
      return null;
    }
    return RequestBody.create(call.body().orElse(new byte[0]), (MediaType) null);
  }

  private X509ExtendedTrustManager judge(HttpCall call, CallProgress progress)
      throws HttpException {
    try {
      return authorities.judge(call.trust().authorities());
    } catch (IOException e) {
      throw new HttpException(
          Reason.CERTIFICATE,
          "the certificate can't be judged: no authorities can be read from "
              + call.trust().authorities().orElseThrow(),
          progress.timings(),
          Optional.empty(),
          e);
    }
  }

  private OkHttpClient client(
      HttpCall call, CallProgress progress, Sockets sockets, CertificateRecorder certificates) {
    OkHttpClient.Builder one =
        client
            .newBuilder()
            .connectionPool(new ConnectionPool(0, 1, TimeUnit.SECONDS))
            .dns(host -> addresses(call, host))
            .socketFactory(sockets)
            .eventListener(progress);
    if (Urls.isTls(call.uri())) {
      one.sslSocketFactory(Authorities.sockets(certificates), certificates);
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

  /** Hides from the library what it would follow up; {@link CallProgress#head} has what came. */
  private static Response asFinal(Interceptor.Chain chain) throws IOException {
    Response response = chain.proceed(chain.request());
    return FOLLOWED_UP.contains(response.code())
        ? response.newBuilder().code(HttpURLConnection.HTTP_OK).build()
        : response;
  }

  /**
   * The sockets of one call, so that none outlives it: closing the TCP socket under a TLS handshake
   * or an HTTP/2 connection ends whatever waits for it, at once.
   */
  private static final class Sockets extends SocketFactory implements AutoCloseable {
    private final Optional<InetAddress> pin;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    Sockets(Optional<InetAddress> pin) {
      this.pin = pin;
    }

    @Override
    public Socket createSocket() throws IOException {
      Socket socket = pin.<Socket>map(Pinned::new).orElseGet(Socket::new);
      open.add(socket);
      if (closed) {
        close();
        throw new SocketException("the call is over");
      }
      return socket;
    }

    @Override
    public void close() {
      closed = true;
      for (Socket socket : open) {
        try {
          socket.close();
        } catch (IOException e) {
          // It is closed all the same, and nobody waits for what it held.
        }
      }
    }

    /** Connects to one address, whatever it is told: a host that is an address skips the lookup. */
    private static final class Pinned extends Socket {
      private final InetAddress address;

      Pinned(InetAddress address) {
        this.address = address;
      }

      @Override
      public void connect(SocketAddress endpoint, int timeout) throws IOException {
        super.connect(
            new InetSocketAddress(address, ((InetSocketAddress) endpoint).getPort()), timeout);
      }
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }
  }
}
