package io.relais.openssh;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.relais.common.FileAccess;
import io.relais.common.FileRights;
import io.relais.common.FileRights.UnsafeFileException;
import io.relais.openssh.ConfigLine.ConfigLocation;
import io.relais.openssh.HostResolver.LocalUser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** One configuration file, split into lines, with the files it includes. */
record SshConfigFile(ImmutableList<Statement> statements) {
  /** readconf.c: a file may be included through 16 others. */
  private static final int MAX_DEPTH = 16;

  sealed interface Statement {}

  /** An option, {@code Host} or {@code Match}. */
  record Plain(ConfigLine line) implements Statement {}

  record Include(ImmutableList<SshConfigFile> files) implements Statement {}

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

  /** Reads a file and those it includes. */
  private record Reader(LocalUser local, boolean userLevel) {
    Optional<SshConfigFile> read(Path path, int depth) throws SshConfigException {
      requireUnchangeable(path);
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
      return Optional.of(new SshConfigFile(statements.build()));
    }

    /**
     * Refuses a file that somebody else could have written, as OpenSSH does ("Bad owner or
     * permissions"): it must belong to the user or to root, and no group and no other may write to
     * it. The directories on the way count too, and so does a file that is named on purpose, as
     * with {@code ssh -F}: nobody looks at it again when the service starts. One that is not there
     * passes.
     */
    private void requireUnchangeable(Path path) throws SshConfigException {
      if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
        return;
      }
      try {
        FileRights.of(Math.toIntExact(local.uid())).requireUnchangeable(path);
      } catch (UnsafeFileException e) {
        throw new SshConfigException(path, "bad owner or permissions: it " + e.getReason());
      } catch (NoSuchFileException e) {
        // Then nothing is read from it either.
      } catch (IOException e) {
        throw new SshConfigException(path, e);
      }
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
        FileAccess.requireRegularFile(path);
        byte[] bytes = Files.readAllBytes(path);
        String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        if (text.indexOf(0) >= 0) {
          throw new SshConfigException(
              path, "it contains a NUL and is not a text file; check the path");
        }
        return Optional.of(text);
      } catch (NoSuchFileException e) {
        return Optional.empty();
      } catch (CharacterCodingException e) {
        throw new SshConfigException(path, "it is not UTF-8 text; save it as UTF-8");
      } catch (IOException e) {
        // OpenSSH ignores a default file that it may not read. A host would then silently be looked
        // for under a wrong name, so this is an error here.
        throw new SshConfigException(path, e);
      }
    }

    private Include include(ConfigLine line, int depth) throws SshConfigException {
      ImmutableList.Builder<SshConfigFile> files = ImmutableList.builder();
      for (String argument : line.arguments()) {
        for (Path path : included(line, argument)) {
          if (depth == MAX_DEPTH) {
            throw line.fault(
                "files include each other more than " + MAX_DEPTH + " deep; break the circle");
          }
          read(path, depth + 1).ifPresent(files::add);
        }
      }
      return new Include(files.build());
    }

    /** The files that an {@code Include} names, as glob(3) finds them: sorted; none is fine. */
    private ImmutableList<Path> included(ConfigLine line, String argument)
        throws SshConfigException {
      if (argument.isEmpty()) {
        throw line.fault("Include has an empty path; remove it");
      }
      if (argument.contains("%") || argument.contains("${")) {
        throw line.fault(
            "releases of OpenSSH read tokens in an Include differently; write the path in full");
      }
      List<Path> found = List.of(local.home().getFileSystem().getPath("/"));
      for (String name : Splitter.on('/').omitEmptyStrings().split(absolute(line, argument))) {
        found = step(found, name);
      }
      return ImmutableList.sortedCopyOf(Comparator.comparing(Path::toString), found);
    }

    private String absolute(ConfigLine line, String argument) throws SshConfigException {
      if (argument.startsWith("~") && !userLevel) {
        throw line.fault("a system file can't include from a home directory; use a full path");
      }
      String path = local.expandTilde(line, argument);
      return path.startsWith("/")
          ? path
          : (userLevel ? local.sshDirectory() : local.systemDirectory()) + "/" + path;
    }

    private static List<Path> step(List<Path> directories, String name) {
      List<Path> found = new ArrayList<>();
      boolean literal = name.chars().noneMatch(c -> "*?[\\".indexOf(c) >= 0);
      for (Path directory : directories) {
        if (literal) {
          Path path = directory.resolve(name);
          if (FileAccess.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            found.add(path);
          }
        } else {
          found.addAll(list(directory, name));
        }
      }
      return found;
    }

    private static List<Path> list(Path directory, String glob) {
      Pattern pattern = Pattern.compile(regex(glob), Pattern.DOTALL);
      List<Path> found = new ArrayList<>();
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
        for (Path entry : entries) {
          String name = String.valueOf(entry.getFileName());
          boolean hidden = name.startsWith(".") && !glob.startsWith(".");
          if (!hidden && pattern.matcher(name).matches()) {
            found.add(entry);
          }
        }
      } catch (IOException | DirectoryIteratorException e) {
        // glob(3) ignores what is not a directory or can't be listed.
        return List.of();
      }
      return found;
    }

    private static String regex(String glob) {
      StringBuilder regex = new StringBuilder();
      for (int i = 0; i < glob.length(); i++) {
        char c = glob.charAt(i);
        int close = c == '[' ? glob.indexOf(']', i + 2) : -1;
        if (c == '*') {
          regex.append(".*");
        } else if (c == '?') {
          regex.append('.');
        } else if (c == '\\' && i + 1 < glob.length()) {
          regex.append(Pattern.quote(glob.substring(++i, i + 1)));
        } else if (close > 0) {
          String set = glob.substring(i + 1, close).replaceAll("[\\\\\\[&^]", "\\\\$0");
          regex.append('[').append(set.startsWith("!") ? "^" + set.substring(1) : set).append(']');
          i = close;
        } else {
          regex.append(Pattern.quote(String.valueOf(c)));
        }
      }
      return regex.toString();
    }
  }
}
