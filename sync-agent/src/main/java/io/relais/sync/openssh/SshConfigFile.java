package io.relais.sync.openssh;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.relais.common.RegularFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** One configuration file, split into lines, with the files it includes. */
record SshConfigFile(Path path, ImmutableList<Statement> statements) {
  /** readconf.c: a file may be included through 16 others. */
  private static final int MAX_DEPTH = 16;

  sealed interface Statement {
    ConfigLine line();
  }

  /** An option, {@code Host} or {@code Match}. */
  record Plain(ConfigLine line) implements Statement {}

  record Include(ConfigLine line, ImmutableList<SshConfigFile> files) implements Statement {}

  /** Reads a file that is named on purpose, as with {@code ssh -F}. */
  static SshConfigFile explicit(Path path, LocalUser local) throws SshConfigException {
    return new Reader(local, true)
        .read(path, 0)
        .orElseThrow(() -> new SshConfigException(path, "there is no such file; check the path"));
  }

  /** Reads the user's own file and the system's, each where it exists. */
  static ImmutableList<SshConfigFile> usual(LocalUser local) throws SshConfigException {
    ImmutableList.Builder<SshConfigFile> files = ImmutableList.builder();
    new Reader(local, true).read(local.sshDirectory().resolve("config"), 0).ifPresent(files::add);
    new Reader(local, false)
        .read(local.systemDirectory().resolve("ssh_config"), 0)
        .ifPresent(files::add);
    return files.build();
  }

  private record Reader(LocalUser local, boolean userLevel) {
    Optional<SshConfigFile> read(Path path, int depth) throws SshConfigException {
      FileGuard.check(path, local.uid());
      Optional<String> text = text(path, depth);
      if (text.isEmpty()) {
        return Optional.empty();
      }
      ImmutableList.Builder<Statement> statements = ImmutableList.builder();
      List<String> lines = Splitter.on('\n').splitToList(text.get());
      for (int i = 0; i < lines.size(); i++) {
        ConfigLocation at = new ConfigLocation(path, i + 1);
        ConfigLine line = ConfigLine.parse(at, lines.get(i), userLevel);
        if (line != null) {
          statements.add(line.keyword().equals("include") ? include(line, depth) : new Plain(line));
        }
      }
      return Optional.of(new SshConfigFile(path, statements.build()));
    }

    private Include include(ConfigLine line, int depth) throws SshConfigException {
      ImmutableList.Builder<SshConfigFile> files = ImmutableList.builder();
      for (String argument : line.arguments()) {
        for (Path path : IncludePath.find(line, argument, local, userLevel)) {
          if (depth == MAX_DEPTH) {
            throw line.fault(
                "files include each other more than " + MAX_DEPTH + " deep; break the circle");
          }
          read(path, depth + 1).ifPresent(files::add);
        }
      }
      return new Include(line, files.build());
    }

    /**
     * The text, or empty if there is no such file. A directory that is included, by a pattern
     * mostly, reads as empty, as in OpenSSH.
     */
    private static Optional<String> text(Path path, int depth) throws SshConfigException {
      try {
        if (depth > 0 && Files.isDirectory(path)) {
          return Optional.of("");
        }
        RegularFile.require(path);
        byte[] bytes = Files.readAllBytes(path);
        String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        if (text.indexOf(0) >= 0) {
          throw new SshConfigException(path, "it holds a NUL and is no text; check the path");
        }
        return Optional.of(text);
      } catch (NoSuchFileException e) {
        return Optional.empty();
      } catch (CharacterCodingException e) {
        throw new SshConfigException(path, "it is not UTF-8 text; save it as UTF-8");
      } catch (IOException e) {
        // OpenSSH passes over a default file that it may not read. A host would then be looked for
        // under a wrong name without a word, so this is an error here.
        throw new SshConfigException(path, Unread.why(path, e));
      }
    }
  }
}
