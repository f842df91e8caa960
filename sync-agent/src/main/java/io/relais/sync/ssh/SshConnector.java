package io.relais.sync.ssh;

import io.relais.openssh.HopChain;
import io.relais.openssh.ResolvedHost;
import io.relais.sync.config.SshConfig;
import io.relais.sync.remote.RemoteWait;
import io.relais.sync.remote.TargetRefusedException;
import io.relais.sync.remote.TargetUnavailableException;
import io.relais.sync.ssh.TunnelConnector.BastionLatencyFix;
import io.relais.sync.ssh.keys.PrivateKeyLoader;
import io.relais.sync.ssh.keys.PrivateKeyLoader.Identities;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.jspecify.annotations.Nullable;

/** Makes a connection hop by hop, each inside the one before. Blocking; safe for many threads. */
public final class SshConnector {
  private final RelaisSshClient client;
  private final PrivateKeyLoader privateKeyLoader;
  private final SshConfig config;

  /** By alias, what a peer that is no SSH server said at the last try. */
  private final Map<String, String> said = new ConcurrentHashMap<>();

  public SshConnector(RelaisSshClient client, SshConfig config) {
    this.client = client;
    this.config = config;
    this.privateKeyLoader = new PrivateKeyLoader(config);
  }

  /**
   * Connects and logs in at every hop.
   *
   * @param stages told how far it is, each time that it waits for something else
   * @return the session with the last; closing it closes all
   * @throws TargetUnavailableException if a hop can't be reached
   * @throws TargetRefusedException if a host key or a login is refused
   */
  ClientSession connect(HopChain chain, Consumer<ConnectStage> stages) throws IOException {
    ClientSession via = null;
    for (ResolvedHost host : chain.hops()) {
      ClientSession outer = via;
      boolean connected = false;
      try {
        via = connectHop(host, outer, stages);
        connected = true;
      } finally {
        if (!connected && outer != null) {
          outer.close(true);
        }
      }
      if (outer != null) {
        via.addCloseFutureListener(closed -> outer.close(true));
      }
      if (!host.equals(chain.target())) {
        BastionLatencyFix.ask(via);
      }
    }
    if (via == null) {
      throw new IllegalStateException("no hop in " + chain);
    }
    return via;
  }

  /**
   * Makes one more connection to the last hop, through the same bastion's connection.
   *
   * @param session to the same hop, as {@link #connect} made it
   */
  ClientSession beside(ClientSession session, HopChain chain) throws IOException {
    ClientSession via =
        session.getIoSession().getAttribute(AttributeRepository.class)
                instanceof AttributeRepository context
            ? context.getAttribute(TunnelConnector.VIA)
            : null;
    return connectHop(chain.target(), via, stage -> {});
  }

  private ClientSession connectHop(
      ResolvedHost host, @Nullable ClientSession via, Consumer<ConnectStage> stages)
      throws IOException {
    Identities keys = privateKeyLoader.load(host);
    PeerBanner peerBanner = new PeerBanner(said.getOrDefault(host.alias(), ""));
    Hop hop = Hop.of(host, via == null, peerBanner);
    stages.accept(ConnectStage.of("the name of " + hop.label() + " to be resolved"));
    IOException last = new TargetUnavailableException("can't reach " + hop.label());
    for (InetSocketAddress address : addresses(hop, via)) {
      try {
        stages.accept(ConnectStage.of(hop.label() + " to accept the connection"));
        ClientSession opened = open(hop, address, via);
        stages.accept(ConnectStage.ofLogin(hop));
        return logIn(hop, opened, keys);
      } catch (TargetUnavailableException e) {
        last = e;
        said.put(host.alias(), peerBanner.forNext());
      }
    }
    throw last;
  }

  /**
   * All addresses of the first hop's name; the names of the others are for their bastion to know.
   */
  private static List<InetSocketAddress> addresses(Hop hop, @Nullable ClientSession via)
      throws TargetUnavailableException {
    ResolvedHost host = hop.host();
    if (via != null) {
      return List.of(InetSocketAddress.createUnresolved(host.hostName(), host.port()));
    }
    try {
      List<InetSocketAddress> found = new ArrayList<>();
      for (InetAddress address : InetAddress.getAllByName(host.hostName())) {
        found.add(
            new InetSocketAddress(
                InetAddress.getByAddress(host.hostName(), address.getAddress()), host.port()));
      }
      return found;
    } catch (UnknownHostException e) {
      throw new TargetUnavailableException("can't resolve the name of " + hop.label(), e);
    }
  }

  private ClientSession open(Hop hop, InetSocketAddress address, @Nullable ClientSession via)
      throws IOException {
    Map<AttributeRepository.AttributeKey<?>, Object> context = new HashMap<>();
    context.put(Hop.KEY, hop);
    if (via != null) {
      context.put(TunnelConnector.VIA, via);
    }
    try {
      return client
          .connectHop(hop.host().user(), address, AttributeRepository.ofAttributesMap(context))
          .verify(timeout(hop))
          .getClientSession();
    } catch (IOException | IllegalStateException e) {
      throw SshFailures.notReached(hop, timeout(hop), e);
    }
  }

  private ClientSession logIn(Hop hop, ClientSession session, Identities identities)
      throws IOException {
    boolean loggedIn = false;
    try {
      identities.keys().forEach(session::addPublicKeyIdentity);
      session.auth().verify(timeout(hop));
      loggedIn = true;
      return session;
    } catch (IOException | IllegalStateException e) {
      throw SshFailures.noLogin(hop, session, identities, timeout(hop), e);
    } finally {
      if (!loggedIn) {
        session.close(true);
      }
    }
  }

  private Duration timeout(Hop hop) {
    return hop.host()
        .connectTimeout()
        .filter(limit -> !limit.isZero())
        .orElse(config.connectTimeout());
  }

  /**
   * What a connection that is being made waits for, from a moment on.
   *
   * @param what as in {@link RemoteWait#what}
   * @param since {@link System#nanoTime}
   */
  record ConnectStage(Supplier<String> what, long since) {
    static ConnectStage of(String what) {
      return new ConnectStage(() -> what, System.nanoTime());
    }

    /** First the keys are exchanged, then comes the login. */
    static ConnectStage ofLogin(Hop hop) {
      return new ConnectStage(
          () ->
              hop.label()
                  + (hop.secured().get()
                      ? " to accept the login of " + hop.host().user()
                      : " to complete the key exchange"),
          System.nanoTime());
    }

    RemoteWait waiting() {
      return new RemoteWait(what.get(), Duration.ofNanos(System.nanoTime() - since));
    }
  }
}
