package io.relais.sync.openssh;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import io.relais.common.FileAccess;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/** Finds the files that an {@code Include} names, as glob(3) does: sorted, none is no error. */
final class IncludePath {
  private IncludePath() {}

  static ImmutableList<Path> find(
      ConfigLine line, String argument, LocalUser local, boolean userLevel)
      throws SshConfigException {
    if (argument.isEmpty()) {
      throw line.fault("Include has an empty path; remove it");
    }
    if (argument.contains("%") || argument.contains("${")) {
      throw line.fault(
          "releases of OpenSSH read tokens in an Include differently; write the path in full");
    }
    List<Path> found = List.of(local.home().getFileSystem().getPath("/"));
    String anchored = anchor(line, argument, local, userLevel);
    for (String name : Splitter.on('/').omitEmptyStrings().split(anchored)) {
      found = step(found, name);
    }
    return ImmutableList.sortedCopyOf(Comparator.comparing(Path::toString), found);
  }

  private static String anchor(ConfigLine line, String argument, LocalUser local, boolean userLevel)
      throws SshConfigException {
    if (argument.startsWith("~")) {
      if (!userLevel) {
        throw line.fault("a system file can't include from a home directory; use a full path");
      }
      if (argument.length() > 1 && argument.charAt(1) != '/') {
        throw line.fault("another user's home can't be looked up here; write the path in full");
      }
      return local.home() + argument.substring(1);
    }
    if (argument.startsWith("/")) {
      return argument;
    }
    return (userLevel ? local.sshDirectory() : local.systemDirectory()) + "/" + argument;
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
      // glob(3) passes over what is no directory or can't be listed.
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
