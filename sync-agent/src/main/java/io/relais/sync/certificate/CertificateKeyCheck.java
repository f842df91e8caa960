package io.relais.sync.certificate;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import io.relais.sync.certificate.PemBlocks.Block;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.Plan;
import io.relais.sync.plan.Step;
import io.relais.sync.source.SourceFile;
import io.relais.sync.source.SourceTree;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Checks that certificates and keys belong together: in each directory where a plan changes some,
 * every private key that stands next to certificates must be that of one of them, and no file of
 * theirs may have been emptied. So a renewal is never mirrored half done, however slowly it is
 * written. What files hold counts, and not their names, of which each ACME client has its own; but
 * where a file holds nothing, its suffix says what it is for.
 *
 * <p>A key is judged by all certificates in its directory, since clients keep older generations
 * there. What can't be read is no match. Files that are not in PEM form are nothing to this.
 *
 * <p>Some of it can only be doubted: a certificate without its key, next to one for the same names
 * that has it, is a renewal half done or an old copy.
 */
public final class CertificateKeyCheck {
  private static final ImmutableSet<String> CERTIFICATES =
      ImmutableSet.of("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE");

  private static final ImmutableSet<String> SUFFIXES =
      ImmutableSet.of(
          "pem", "key", "privkey", "crt", "cer", "cert", "chain", "fullchain", "der", "p12", "pfx");

  /** In bytes. The largest bundles of certificates have some hundred thousand. */
  private static final int LARGEST = 1 << 20;

  private static final int BUFFER = 64 << 10;
  private static final int MOST_LINKS = 8;

  /** The kinds of names in certificates that are those of servers (RFC 5280, 4.2.1.6). */
  private static final ImmutableSet<Integer> SERVER_NAMES = ImmutableSet.of(2, 7);

  private final SourceTree source;

  public CertificateKeyCheck(SourceTree source) {
    this.source = source;
  }

  /**
   * What speaks against a switch.
   *
   * @param why one line
   * @param content of the file, as far as it counts, where there is doubt whether it is wrong; null
   *     where there is none
   */
  public record Objection(RelPath path, String why, @Nullable HashCode content) {
    static Objection certain(RelPath path, String why) {
      return new Objection(path, why, null);
    }

    static Objection doubt(RelPath path, String why, byte[] content) {
      return new Objection(path, why, Hashing.sha256().hashBytes(content));
    }

    /** Whether it may be meant to be so. */
    public boolean isDoubt() {
      return content != null;
    }
  }

  /**
   * What was found.
   *
   * @param directories all that were looked at
   * @param objections what is certain first
   */
  public record Judgement(ImmutableSet<RelPath> directories, ImmutableList<Objection> objections) {
    public boolean covers(Objection objection) {
      return directories.contains(objection.path().parent());
    }
  }

  /** What does not match, or can't be seen to. */
  public Judgement judge(Plan plan) throws IOException {
    Map<RelPath, List<Step>> directories = new TreeMap<>();
    for (Step step : plan.steps()) {
      RelPath path = step.path();
      if (!path.isRoot() && concerns(step)) {
        directories.computeIfAbsent(path.parent(), _ -> new ArrayList<>()).add(step);
      }
    }
    List<Objection> found = new ArrayList<>();
    for (Map.Entry<RelPath, List<Step>> each : directories.entrySet()) {
      Directory directory = read(each.getKey());
      judgeChanged(each.getValue(), directory, found);
      judgePairs(directory, found);
    }
    found.sort(Comparator.comparing(Objection::isDoubt));
    return new Judgement(ImmutableSet.copyOf(directories.keySet()), ImmutableList.copyOf(found));
  }

  /** What was deleted may have been the certificate of a key that is still there. */
  private boolean concerns(Step step) throws IOException {
    return switch (step) {
      case Step.Delete _, Step.MoveAside _ -> true;
      case Step.Upload upload ->
          upload.source().size() <= LARGEST
              && (hasSuffix(upload.path()) || !blocks(upload.path()).isEmpty());
      case Step.MakeSymlink link -> hasSuffix(link.path()) || !blocks(link.path()).isEmpty();
      case Step.MakeDirectory _, Step.SetAttributes _, Step.Adopt _, Step.Unlock _ -> false;
    };
  }

  private static boolean hasSuffix(RelPath path) {
    String name = path.latin1();
    return SUFFIXES.contains(Ascii.toLowerCase(name.substring(name.lastIndexOf('.') + 1)));
  }

  /** The keys and certificates of a directory, by their files. */
  private record Directory(Map<RelPath, List<Block>> keys, Map<RelPath, List<Block>> certificates) {
    boolean isEmpty() {
      return keys.isEmpty() && certificates.isEmpty();
    }

    boolean isPaired() {
      return !keys.isEmpty() && !certificates.isEmpty();
    }
  }

  private Directory read(RelPath directory) throws IOException {
    Directory all = new Directory(new TreeMap<>(), new TreeMap<>());
    for (RelPath path : filesIn(directory)) {
      for (Block block : blocks(path)) {
        (PrivateKeys.isOne(block) ? all.keys() : all.certificates())
            .computeIfAbsent(path, _ -> new ArrayList<>())
            .add(block);
      }
    }
    return all;
  }

  /** What was there before was whole, and what is new may be made to stay empty. */
  private void judgeChanged(List<Step> changed, Directory directory, List<Objection> found)
      throws IOException {
    for (Step step : changed) {
      byte[] content =
          step instanceof Step.Upload || step instanceof Step.MakeSymlink
              ? content(step.path())
              : null;
      if (content == null) {
        continue;
      }
      boolean lost =
          step instanceof Step.Upload upload
              && upload.replaces() != null
              && upload.replaces().size() > 0;
      String text = new String(content, StandardCharsets.ISO_8859_1).strip();
      ImmutableList<Block> blocks = PemBlocks.of(content);
      boolean none = hasSuffix(step.path()) && blocks.isEmpty();
      String fault =
          none && text.isEmpty()
              ? "is empty (yet)"
              : (none && text.startsWith("-----")) || (isCut(blocks) && !directory.isPaired())
                  ? "is cut short (yet)"
                  : null;
      if (fault != null && lost) {
        found.add(Objection.certain(step.path(), step.path() + " " + fault));
      } else if (fault != null && (!none || !directory.isEmpty())) {
        found.add(Objection.doubt(step.path(), step.path() + " " + fault, content));
      } else if (none && lost && !directory.isEmpty() && CharMatcher.ascii().matchesAllOf(text)) {
        found.add(
            Objection.doubt(
                step.path(), step.path() + " holds no key and no certificate (yet)", content));
      }
    }
  }

  private static boolean isCut(List<Block> blocks) {
    return blocks.stream().anyMatch(block -> block.content() == null && counts(block));
  }

  private static void judgePairs(Directory directory, List<Objection> found) {
    if (!directory.isPaired()) {
      return;
    }
    Set<PublicKey> certified = new LinkedHashSet<>();
    List<Leaf> leaves = new ArrayList<>();
    for (Map.Entry<RelPath, List<Block>> each : directory.certificates().entrySet()) {
      boolean first = true;
      for (Block block : each.getValue()) {
        X509Certificate certificate = certificate(block);
        if (certificate == null) {
          found.add(
              Objection.certain(
                  each.getKey(),
                  "a certificate in %s can't be read (yet): it is cut short, damaged, or of a kind that is not known here; write it again if it stays so, or exclude it"
                      .formatted(each.getKey())));
          return;
        }
        certified.add(certificate.getPublicKey());
        if (first) {
          leaves.add(new Leaf(each.getKey(), certificate, names(certificate)));
        }
        first = false;
      }
    }
    Set<PublicKey> owned = new HashSet<>();
    judgeKeys(directory.keys(), certified, owned, found);
    judgeLeaves(leaves, owned, found);
  }

  private static void judgeKeys(
      Map<RelPath, List<Block>> keys,
      Set<PublicKey> certified,
      Set<PublicKey> owned,
      List<Objection> found) {
    keys.forEach(
        (path, blocks) -> {
          for (Block block : blocks) {
            try {
              PrivateKey key = PrivateKeys.read(block);
              Optional<PublicKey> theirs =
                  certified.stream()
                      .filter(each -> PrivateKeys.isPair(key, block, each))
                      .findFirst();
              theirs.ifPresentOrElse(
                  owned::add,
                  () ->
                      found.add(
                          Objection.certain(
                              path,
                              "the private key in %s matches no certificate in its directory (yet)"
                                  .formatted(path))));
            } catch (PrivateKeys.UnreadableException e) {
              found.add(
                  Objection.certain(
                      path,
                      "the private key in %s can't be read: %s; so whether a certificate in its directory matches it can't be told: %s"
                          .formatted(path, e.getMessage(), e.remedy())));
            }
          }
        });
  }

  /** The first certificate of a file, and whom it is for. An issuer's has a name of its own. */
  private record Leaf(RelPath path, X509Certificate certificate, ImmutableSet<String> names) {
    PublicKey key() {
      return certificate.getPublicKey();
    }
  }

  /** Where its renewal has come, a certificate that is still without its key is out of date. */
  private static void judgeLeaves(List<Leaf> leaves, Set<PublicKey> owned, List<Objection> found) {
    Set<String> served = new HashSet<>();
    leaves.stream()
        .filter(leaf -> owned.contains(leaf.key()))
        .forEach(leaf -> served.addAll(leaf.names()));
    for (Leaf leaf : leaves) {
      if (!owned.contains(leaf.key()) && !Collections.disjoint(leaf.names(), served)) {
        found.add(
            Objection.doubt(
                leaf.path(),
                "no private key in its directory matches the certificate in %s (yet), while another certificate there for the same name has its key"
                    .formatted(leaf.path()),
                leaf.key().getEncoded()));
      }
    }
  }

  /** Its servers' names; its subject where it has none. */
  private static ImmutableSet<String> names(X509Certificate certificate) {
    ImmutableSet.Builder<String> names = ImmutableSet.builder();
    try {
      Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
      if (alternatives != null) {
        alternatives.stream()
            .filter(each -> SERVER_NAMES.contains(each.get(0)))
            .forEach(each -> names.add(Ascii.toLowerCase(String.valueOf(each.get(1)))));
      }
    } catch (CertificateParsingException e) {
      // Then its subject has to do.
    }
    ImmutableSet<String> all = names.build();
    return all.isEmpty() ? ImmutableSet.of(certificate.getSubjectX500Principal().getName()) : all;
  }

  private static @Nullable X509Certificate certificate(Block block) {
    if (block.content() == null) {
      return null;
    }
    try {
      Certificate certificate =
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(block.content()));
      X509Certificate x509 = certificate instanceof X509Certificate its ? its : null;
      if (x509 != null) {
        var _ = x509.getPublicKey();
      }
      return x509;
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
        boolean small = entry.kind() == EntryKind.FILE && entry.size() <= LARGEST;
        if (small || entry.kind() == EntryKind.SYMLINK) {
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
    byte[] content = content(path);
    return content == null
        ? List.of()
        : PemBlocks.of(content).stream().filter(CertificateKeyCheck::counts).toList();
  }

  private static boolean counts(Block block) {
    return PrivateKeys.isOne(block) || CERTIFICATES.contains(block.label());
  }

  /**
   * Reads a file, through the symlinks that stay inside the source; null if it is no text, or not
   * there.
   */
  private byte @Nullable [] content(RelPath path) throws IOException {
    RelPath file = resolve(path);
    if (file == null) {
      return null;
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
          return null;
        }
      }
      return content.toByteArray();
    } catch (FileSystemException e) {
      // Gone, or not to be read: then it is a problem of its own.
      return null;
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
      if (entry == null || entry.kind() == EntryKind.FILE) {
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
