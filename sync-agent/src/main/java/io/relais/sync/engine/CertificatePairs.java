package io.relais.sync.engine;

import com.google.common.collect.ImmutableSet;
import io.relais.sync.engine.PemBlocks.Block;
import io.relais.sync.plan.Kind;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.RelPath;
import io.relais.sync.plan.SourceEntry;
import io.relais.sync.plan.Step;
import io.relais.sync.scan.SourceFile;
import io.relais.sync.scan.SourceTree;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks that certificates and keys belong together: in each directory where a plan changes some,
 * every private key that stands beside certificates must be that of one of them. So a renewal is
 * never mirrored half done, however slowly it is written. Only what files hold counts, not their
 * names, of which each ACME client has its own.
 *
 * <p>A key is judged by all certificates in its directory, since clients keep older generations
 * there. What can't be read is no match. Files that are not in PEM form are nothing to this.
 */
final class CertificatePairs {
  private static final ImmutableSet<String> CERTIFICATES =
      ImmutableSet.of("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE");

  /** In bytes. The largest bundles of certificates have some hundred thousand. */
  private static final int LARGEST = 1 << 20;

  private static final int BUFFER = 64 << 10;
  private static final int MOST_LINKS = 8;

  private final SourceTree source;

  CertificatePairs(SourceTree source) {
    this.source = source;
  }

  /** What does not match, or can't be seen to, in one line; null if all does. */
  @Nullable String mismatch(Plan plan) throws IOException {
    Set<RelPath> directories = new TreeSet<>();
    for (Step step : plan.steps()) {
      RelPath path = step.path();
      if (!path.isRoot() && !directories.contains(path.parent()) && concerns(step)) {
        directories.add(path.parent());
      }
    }
    for (RelPath directory : directories) {
      String mismatch = mismatchIn(directory);
      if (mismatch != null) {
        return mismatch;
      }
    }
    return null;
  }

  /** What was deleted may have been the certificate of a key that is still there. */
  private boolean concerns(Step step) throws IOException {
    return switch (step) {
      case Step.Delete _, Step.MoveAside _ -> true;
      case Step.Upload upload ->
          upload.source().size() <= LARGEST && !blocks(upload.path()).isEmpty();
      case Step.MakeSymlink link -> !blocks(link.path()).isEmpty();
      case Step.MakeDirectory _, Step.SetAttributes _, Step.Adopt _, Step.Unlock _ -> false;
    };
  }

  private @Nullable String mismatchIn(RelPath directory) throws IOException {
    Map<RelPath, List<Block>> keys = new TreeMap<>();
    Map<RelPath, List<Block>> certificates = new TreeMap<>();
    for (RelPath path : filesIn(directory)) {
      for (Block block : blocks(path)) {
        (PrivateKeys.isOne(block) ? keys : certificates)
            .computeIfAbsent(path, _ -> new ArrayList<>())
            .add(block);
      }
    }
    if (keys.isEmpty() || certificates.isEmpty()) {
      return null;
    }
    Set<PublicKey> certified = new LinkedHashSet<>();
    for (Map.Entry<RelPath, List<Block>> each : certificates.entrySet()) {
      for (Block block : each.getValue()) {
        PublicKey key = publicKey(block);
        if (key == null) {
          return "a certificate in %s can't be read (yet): it is cut short, damaged, or of a kind that is not known here"
              .formatted(each.getKey());
        }
        certified.add(key);
      }
    }
    return mismatch(keys, certified);
  }

  private static @Nullable String mismatch(
      Map<RelPath, List<Block>> keys, Set<PublicKey> certified) {
    for (Map.Entry<RelPath, List<Block>> each : keys.entrySet()) {
      for (Block block : each.getValue()) {
        try {
          PrivateKey key = PrivateKeys.read(block);
          if (certified.stream().noneMatch(theirs -> PrivateKeys.isPair(key, theirs))) {
            return "the private key in %s matches no certificate in its directory (yet)"
                .formatted(each.getKey());
          }
        } catch (PrivateKeys.UnreadableException e) {
          return "the private key in %s can't be read: %s; so whether a certificate in its directory matches it can't be told"
              .formatted(each.getKey(), e.getMessage());
        }
      }
    }
    return null;
  }

  private static @Nullable PublicKey publicKey(Block block) {
    if (block.content() == null) {
      return null;
    }
    try {
      return CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(block.content()))
          .getPublicKey();
    } catch (CertificateException | RuntimeException e) {
      // Whatever damage does to the parser, it must not end more than this check.
      return null;
    }
  }

  private List<RelPath> filesIn(RelPath directory) throws IOException {
    List<RelPath> files = new ArrayList<>();
    try {
      for (Map.Entry<String, SourceEntry> each : source.list(directory).entrySet()) {
        SourceEntry entry = each.getValue();
        boolean small = entry.kind() == Kind.FILE && entry.size() <= LARGEST;
        if (small || entry.kind() == Kind.SYMLINK) {
          files.add(directory.child(each.getKey()));
        }
      }
    } catch (FileSystemException e) {
      // Deleted, or out of reach: then it is a problem of its own.
      return List.of();
    }
    return files;
  }

  /** The keys and certificates in a file; none where it is not there, or no such file. */
  private List<Block> blocks(RelPath path) throws IOException {
    return PemBlocks.of(read(path)).stream()
        .filter(block -> PrivateKeys.isOne(block) || CERTIFICATES.contains(block.label()))
        .toList();
  }

  /** Reads a file, through the symlinks that stay inside the source; nothing if it is no text. */
  private byte[] read(RelPath path) throws IOException {
    RelPath file = resolve(path);
    if (file == null) {
      return new byte[0];
    }
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    try (SourceFile open = source.open(file)) {
      byte[] buffer = new byte[BUFFER];
      for (int n = open.read(buffer, 0, buffer.length);
          n > 0 && content.size() < LARGEST;
          n = open.read(buffer, 0, buffer.length)) {
        boolean first = content.size() == 0;
        content.write(buffer, 0, n);
        if (first && !PemBlocks.mayBeIn(content.toByteArray())) {
          return new byte[0];
        }
      }
      return content.toByteArray();
    } catch (FileSystemException e) {
      // Gone, or not to be read: then it is a problem of its own.
      return new byte[0];
    }
  }

  private @Nullable RelPath resolve(RelPath path) throws IOException {
    RelPath at = path;
    for (int i = 0; i < MOST_LINKS; i++) {
      SourceEntry entry;
      try {
        entry = source.stat(at);
      } catch (FileSystemException e) {
        return null;
      }
      if (entry == null || entry.kind() == Kind.FILE) {
        return entry == null || entry.size() > LARGEST ? null : at;
      }
      if (entry.linkTarget() == null || entry.linkTarget().startsWith("/")) {
        return null;
      }
      at = follow(at.parent(), entry.linkTarget());
      if (at == null) {
        return null;
      }
    }
    return null;
  }

  private static @Nullable RelPath follow(RelPath directory, String link) {
    Deque<String> names = new ArrayDeque<>();
    if (!directory.isRoot()) {
      names.addAll(List.of(directory.latin1().split("/")));
    }
    for (String name : link.split("/")) {
      if (name.equals("..")) {
        if (names.isEmpty()) {
          return null;
        }
        names.removeLast();
      } else if (!name.isEmpty() && !name.equals(".")) {
        names.add(name);
      }
    }
    return names.isEmpty() ? null : RelPath.ofLatin1(String.join("/", names));
  }
}
