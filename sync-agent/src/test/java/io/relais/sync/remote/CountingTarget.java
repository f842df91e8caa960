package io.relais.sync.remote;

import io.relais.sync.delta.Piece;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Counts the bytes of files that go to a target and come back. Safe for use by many threads. */
public final class CountingTarget {
  private final SyncTarget target;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong published = new AtomicLong();
  private final AtomicLong read = new AtomicLong();

  public CountingTarget(SyncTarget target) {
    this.target = target;
  }

  /** Bytes sent; not what was copied there. */
  public long sentBytes() {
    return sent.get();
  }

  public long readBytes() {
    return read.get();
  }

  /** How often something was put in place. */
  public long published() {
    return published.get();
  }

  /** The same target, counted. */
  public SyncTarget asTarget() {
    return (SyncTarget)
        Proxy.newProxyInstance(
            SyncTarget.class.getClassLoader(), new Class<?>[] {SyncTarget.class}, this::call);
  }

  private @Nullable Object call(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    Object[] counted = arguments == null ? new Object[0] : arguments.clone();
    for (int i = 0; i < counted.length; i++) {
      counted[i] =
          switch (counted[i]) {
            case SyncTarget.Content content -> count(content);
            case SyncTarget.Recipe recipe -> count(recipe);
            case SyncTarget.ContentSink sink -> count(sink);
            default -> counted[i];
          };
    }
    if (method.getName().startsWith("publish")) {
      published.incrementAndGet();
    }
    try {
      return method.invoke(target, counted);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }

  private SyncTarget.Content count(SyncTarget.Content content) {
    return new SyncTarget.Content() {
      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int count = content.read(buffer, offset, length);
        sent.addAndGet(count);
        return count;
      }

      @Override
      public void leftOut(int count) {
        content.leftOut(count);
        sent.addAndGet(-count);
      }

      @Override
      public void finish() throws IOException {
        content.finish();
      }
    };
  }

  private SyncTarget.Recipe count(SyncTarget.Recipe recipe) {
    return new SyncTarget.Recipe() {
      @Override
      public @Nullable Piece next() throws IOException {
        Piece piece = recipe.next();
        if (piece instanceof Piece.Literal literal) {
          sent.addAndGet(literal.length());
        }
        return piece;
      }

      @Override
      public void finish() throws IOException {
        recipe.finish();
      }
    };
  }

  private SyncTarget.ContentSink count(SyncTarget.ContentSink sink) {
    return (buffer, offset, length) -> {
      read.addAndGet(length);
      sink.accept(buffer, offset, length);
    };
  }
}
