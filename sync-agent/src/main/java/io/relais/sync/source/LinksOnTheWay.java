package io.relais.sync.source;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.relais.sync.entry.RootResolution;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Notes which symlinks a path leads through, and what each says. For one walk. */
final class LinksOnTheWay implements PathWalk.Check {
  private final PathWalk.Check check;
  private final Hasher texts = Hashing.sha256().newHasher();
  private boolean any;

  /**
   * @param check looks at each step first
   */
  LinksOnTheWay(PathWalk.Check check) {
    this.check = check;
  }

  @Override
  public void step(int descriptor, String path, @Nullable String link) throws IOException {
    check.step(descriptor, path, link);
    if (link != null) {
      any = true;
      put(path);
      put(link);
    }
  }

  private void put(String text) {
    texts.putInt(text.length()).putString(text, ISO_8859_1);
  }

  /** To be called once, at the end of the walk. */
  RootResolution arrivedAt(long owner) {
    long hash = texts.hash().asLong();
    return new RootResolution(any && hash == 0 ? 1 : any ? hash : 0, owner);
  }
}
