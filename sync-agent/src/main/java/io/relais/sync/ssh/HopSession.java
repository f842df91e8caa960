package io.relais.sync.ssh;

import io.relais.common.lifecycle.OutOfMemory;
import io.relais.sftp.SftpSession;
import java.time.Duration;
import java.util.List;
import org.apache.sshd.client.ClientFactoryManager;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKey;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.ClientSessionImpl;
import org.apache.sshd.client.session.SessionFactory;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.common.util.Readable;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A session that tells who is writing to it, since others lie inside it; and that asks for fewer
 * host keys than it can check signatures, since an authority's own signature need not be of a kind
 * that the host may use.
 */
final class HopSession extends ClientSessionImpl implements SftpSession {
  private volatile @Nullable String hostKeyAlgorithms;

  /** {@link System#nanoTime} when a request on any SFTP channel was answered. */
  private volatile long answered = System.nanoTime();

  private volatile List<NamedFactory<Signature>> loginSignatures = List.of();

  private HopSession(ClientFactoryManager manager, IoSession io) throws Exception {
    super(manager, io);
  }

  /** MINA would only end the session. */
  @Override
  public void exceptionCaught(Throwable failure) {
    OutOfMemory.endIfBehind(failure);
    super.exceptionCaught(failure);
  }

  @Override
  public void messageReceived(Readable bytes) throws Exception {
    Hop hop = serverVersion == null ? HopSessionSetup.hopOf(this) : null;
    if (hop == null) {
      super.messageReceived(bytes);
      return;
    }
    ByteArrayBuffer copy = new ByteArrayBuffer(bytes.available()); // What is read once is gone.
    copy.putBuffer(bytes);
    hop.greeting().add(copy);
    super.messageReceived(copy);
  }

  @Override
  public String host() {
    Hop hop = HopSessionSetup.hopOf(this);
    return hop == null ? "the server" : hop.host().alias();
  }

  @Override
  public void noteAnswer(long now) {
    answered = now;
  }

  @Override
  public Duration silence() {
    return Duration.ofNanos(System.nanoTime() - answered);
  }

  /** Whether the calling thread is just writing a packet, and so holds the lock for that. */
  boolean isWritingHere() {
    return encodeLock.isHeldByCurrentThread();
  }

  /** Says which host keys are asked for, best first, from the next key exchange on. */
  void askForHostKeys(List<String> algorithms) {
    hostKeyAlgorithms = String.join(",", algorithms);
  }

  /** Says with what the login may be signed, best first; not to be empty. */
  void logInBy(List<NamedFactory<Signature>> signatures) {
    loginSignatures = signatures;
  }

  /**
   * A login by public key, with the signatures of its session. One serves the whole client: a
   * session takes its ways to log in while it is made, before its hop is known.
   */
  static final class Login extends UserAuthPublicKeyFactory {
    @Override
    public UserAuthPublicKey createUserAuth(ClientSession session) {
      return new UserAuthPublicKey(((HopSession) session).loginSignatures);
    }
  }

  @Override
  protected String resolveAvailableSignaturesProposal(FactoryManager manager) {
    String wanted = hostKeyAlgorithms;
    return wanted == null ? super.resolveAvailableSignaturesProposal(manager) : wanted;
  }

  /** Makes them. */
  static final class Factory extends SessionFactory {
    Factory(ClientFactoryManager manager) {
      super(manager);
    }

    @Override
    protected ClientSessionImpl doCreateSession(IoSession io) throws Exception {
      return new HopSession(getClient(), io);
    }
  }
}
