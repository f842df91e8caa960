package io.relais.failover.dns.ovh;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.relais.common.FileRights;
import io.relais.common.Printable;
import io.relais.common.RegularFile;
import io.relais.common.toml.ConfigException;
import io.relais.common.toml.ConfigProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where settings are looked for, the first that has one wins. What was found where is kept, for
 * messages.
 */
final class OvhSources {
  private static final int LARGEST_FILE = 64 * 1024;

  private final ImmutableList<Source> sources;

  private OvhSources(ImmutableList<Source> sources) {
    this.sources = sources;
  }

  /** One place. */
  private sealed interface Source {
    Optional<String> get(String section, String key);

    String describe();
  }

  private record Environment(ImmutableMap<String, String> variables) implements Source {
    @Override
    public Optional<String> get(String section, String key) {
      return Optional.ofNullable(variables.get("OVH_" + key.toUpperCase(Locale.ROOT)))
          .filter(value -> !value.isEmpty());
    }

    @Override
    public String describe() {
      return "the environment (OVH_…)";
    }
  }

  private record File(Path path, OvhConf.Sections sections) implements Source {
    @Override
    public Optional<String> get(String section, String key) {
      return sections.get(section, key);
    }

    @Override
    public String describe() {
      return path.toString();
    }
  }

  private record Absent(Path path, String why) implements Source {
    @Override
    public Optional<String> get(String section, String key) {
      return Optional.empty();
    }

    @Override
    public String describe() {
      return path + " (" + why + ")";
    }
  }

  /** The official order. */
  static OvhSources official(ImmutableMap<String, String> environment, ImmutableList<Path> files)
      throws ConfigException {
    ImmutableList.Builder<Source> sources = ImmutableList.builder();
    sources.add(new Environment(environment));
    for (Path file : files) {
      sources.add(open(file));
    }
    return new OvhSources(sources.build());
  }

  /** One file and nothing else. */
  static OvhSources only(Path file) throws ConfigException {
    Source source = open(file);
    if (source instanceof Absent absent) {
      throw problem(file, absent.why() + "; check [dns.ovh] credentials");
    }
    return new OvhSources(ImmutableList.of(source));
  }

  private static Source open(Path path) throws ConfigException {
    try {
      requireUnchangeable(path);
      OvhConf.Sections sections = OvhConf.parse(path.toString(), bytes(path));
      if (sections.holdsSecrets()) {
        FileRights.ofThisProcess().requirePrivate(path);
      }
      return new File(path, sections);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return new Absent(path, "is not there");
    } catch (AccessDeniedException e) {
      return new Absent(path, "may not be read by this user");
    } catch (IOException e) {
      throw problem(path, "can't be used: " + reason(e));
    }
  }

  /** Not only of secrets: who may write an endpoint into it decides where they are sent. */
  private static void requireUnchangeable(Path path) throws IOException, ConfigException {
    FileRights rights = FileRights.ofThisProcess();
    try {
      rights.requireUnchangeable(path);
    } catch (FileRights.UnsafeFileException e) {
      if (OvhConf.parse(path.toString(), bytes(path)).holdsSecrets()) {
        // Its command closes the file to readers too.
        rights.requirePrivate(path);
      }
      throw e;
    }
  }

  private static byte[] bytes(Path path) throws IOException {
    RegularFile.require(path);
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(LARGEST_FILE + 1);
      if (bytes.length > LARGEST_FILE) {
        throw new IOException("it is larger than 64 KiB, which no ovh.conf is");
      }
      return bytes;
    }
  }

  private static String reason(IOException e) {
    String text =
        e instanceof FileSystemException file && file.getReason() != null
            ? file.getReason()
            : String.valueOf(e.getMessage());
    return Printable.cut(text, 400);
  }

  static ConfigException problem(Path file, String message) {
    return new ConfigException(ImmutableList.of(new ConfigProblem(file.toString(), 0, 0, message)));
  }

  /** A setting, with where it is from. */
  Optional<Found> find(String section, String key) {
    for (Source source : sources) {
      Optional<String> value = source.get(section, key);
      if (value.isPresent()) {
        return Optional.of(new Found(value.get(), source.describe()));
      }
    }
    return Optional.empty();
  }

  /** Everywhere that was looked. */
  String describe() {
    return sources.stream().map(Source::describe).collect(Collectors.joining(", "));
  }

  /** A value; never printed. */
  record Found(String value, String where) {
    @Override
    public String toString() {
      return "*** of " + where;
    }
  }
}
