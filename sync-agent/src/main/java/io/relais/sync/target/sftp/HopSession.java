package io.relais.sync.target.sftp;

import io.relais.common.lifecycle.OutOfMemory;
import org.apache.sshd.client.ClientFactoryManager;
import org.apache.sshd.client.session.ClientSessionImpl;
import org.apache.sshd.client.session.SessionFactory;
import org.apache.sshd.common.io.IoSession;

/** A session that tells who is writing to it, since others lie inside it. */
final class HopSession extends ClientSessionImpl {
  private HopSession(ClientFactoryManager manager, IoSession io) throws Exception {
    super(manager, io);
  }

  /** MINA would only end the session. */
  @Override
  public void exceptionCaught(Throwable failure) {
    OutOfMemory.endIfBehind(failure);
    super.exceptionCaught(failure);
  }

  /** Whether the calling thread is just writing a packet, and so holds the lock for that. */
  boolean isWritingHere() {
    return encodeLock.isHeldByCurrentThread();
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
