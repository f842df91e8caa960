package io.relais.common.toml;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.common.Suggest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * One table of a file, or the empty table in place of one that is not there. A getter makes its key
 * known; a key that no getter asked for is a mistake. Ask for each table only once.
 */
public final class TomlSection {
  private final TomlDocument document;
  private final TomlTable table;
  private final TomlPosition position;
  private final boolean present;
  private final String header;
  private final String prefix;
  private final Set<String> known = new LinkedHashSet<>();

  /**
   * Makes one.
   *
   * @param header how people call it, as {@code [ssh]}; empty for the top level
   * @param prefix what goes before a key in messages, as {@code ssh.}
   */
  TomlSection(
      TomlDocument document,
      @Nullable TomlTable table,
      TomlPosition position,
      String header,
      String prefix) {
    this.document = document;
    this.table = table == null ? TomlDocument.EMPTY : table;
    this.position = position;
    this.present = table != null;
    this.header = header;
    this.prefix = prefix;
    document.opened(this);
  }

  /** Whether the file has this table. */
  public boolean isPresent() {
    return present;
  }

  public Setting<String> string(String key) {
    return read(key, ValueType.STRING);
  }

  public Setting<Boolean> bool(String key) {
    return read(key, ValueType.BOOLEAN);
  }

  /** A whole number of 32 bits. */
  public Setting<Integer> integer(String key) {
    return read(key, ValueType.INTEGER)
        .map(
            value -> {
              if (value != value.intValue()) {
                throw new BadValueException(value + " is out of range; write a smaller number");
              }
              return value.intValue();
            });
  }

  /** A whole number of 64 bits. */
  public Setting<Long> longInteger(String key) {
    return read(key, ValueType.INTEGER);
  }

  /** A number with or without a fraction; may be infinite or not a number, as TOML allows. */
  public Setting<Double> number(String key) {
    return read(key, ValueType.NUMBER).map(Number::doubleValue);
  }

  /** A duration over zero, in text with its units. */
  public Setting<Duration> duration(String key) {
    return read(key, ValueType.DURATION).map(ValueText::duration);
  }

  /** A duration as {@link #duration} has it; empty for the word that stands for none. */
  public Setting<Optional<Duration>> durationOr(String key, String word) {
    return read(key, ValueType.DURATION)
        .map(
            text -> {
              if (text.equals(word)) {
                return Optional.empty();
              }
              try {
                return Optional.of(ValueText.duration(text));
              } catch (BadValueException e) {
                throw new BadValueException(e.text() + ", or \"" + word + "\"");
              }
            });
  }

  /** A size in bytes, in text with its unit; may be zero. */
  public Setting<Long> size(String key) {
    return read(key, ValueType.SIZE).map(ValueText::size);
  }

  /** An absolute path, without {@code .} and {@code ..}. */
  public Setting<Path> absolutePath(String key) {
    return read(key, ValueType.PATH).map(ValueText::path);
  }

  /**
   * The path of a file with a secret: absolute, or a bare name in the directory of credentials that
   * systemd gives a unit (systemd.exec(5), {@code LoadCredential=}).
   *
   * @param credentials absolute; empty outside such a unit
   */
  public Setting<Path> pathOrCredential(String key, Optional<Path> credentials) {
    return read(key, ValueType.PATH).map(text -> ValueText.path(text, credentials));
  }

  /** One of the constants, written in lower case with hyphens. */
  public <E extends Enum<E>> Setting<E> oneOf(String key, Class<E> type) {
    List<String> words = Arrays.stream(type.getEnumConstants()).map(TomlSection::word).toList();
    return read(key, ValueType.STRING.withExample("\"" + words.getFirst() + "\""))
        .map(
            text -> {
              int index = words.indexOf(text);
              if (index < 0) {
                throw new BadValueException(Suggest.oneOf(text, words));
              }
              return type.getEnumConstants()[index];
            });
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** An array of strings, each with its own place; any other element is a mistake of its own. */
  public Setting<ImmutableList<Setting<String>>> strings(String key) {
    return read(key, ValueType.STRINGS)
        .map(
            array -> {
              ImmutableList.Builder<Setting<String>> elements = ImmutableList.builder();
              for (int i = 0; i < array.size(); i++) {
                TomlPosition place = known(array.entry(i).value().position());
                if (array.get(i) instanceof String text) {
                  elements.add(Setting.of(this, key, place, text));
                } else {
                  document.problem(
                      place.line(),
                      place.column(),
                      "'%s' must hold only strings, not %s; put each in quotes"
                          .formatted(label(key), ValueType.nounOf(array.get(i))));
                  elements.add(Setting.wrong(this, key, place));
                }
              }
              return elements.build();
            });
  }

  /** The table of that name; an empty one if it is not there. */
  public TomlSection table(String key) {
    Setting<TomlTable> found = read(key, ValueType.TABLE);
    return new TomlSection(
        document,
        found.value().orElse(null),
        found.isPresent() ? keyPosition(key) : position,
        prefix.isEmpty() && this != document.root() ? "'" + key + "'" : "[" + label(key) + "]",
        label(key) + ".");
  }

  /** The tables of {@code [[key]]}; none if there is none. */
  public ImmutableList<TomlSection> tables(String key) {
    known.add(key);
    Object value = table.get(List.of(key));
    if (value == null) {
      return ImmutableList.of();
    }
    if (!(value instanceof TomlArray array) || !holdsTables(array)) {
      TomlPosition place = keyPosition(key);
      document.problem(
          place.line(),
          place.column(),
          "'%1$s' is a list of tables; write [[%1$s]] above each".formatted(tablesName(key)));
      return ImmutableList.of();
    }
    List<TomlSection> sections = new ArrayList<>();
    for (int i = 0; i < array.size(); i++) {
      sections.add(
          new TomlSection(
              document,
              array.getTable(i),
              known(array.entry(i).position()),
              "[[" + tablesName(key) + "]]",
              ""));
    }
    return ImmutableList.copyOf(sections);
  }

  /** In [[watch]], [[watch.probe]] is meant by "probe". */
  private String tablesName(String key) {
    boolean inList = header.startsWith("[[");
    return inList ? header.substring(2, header.length() - 2) + "." + label(key) : label(key);
  }

  private static boolean holdsTables(TomlArray array) {
    return !array.isEmpty() && array.toList().stream().allMatch(TomlTable.class::isInstance);
  }

  /** Whether the key holds an array, where a single value is meant; makes the key known. */
  public boolean holdsArray(String key) {
    known.add(key);
    return table.get(List.of(key)) instanceof TomlArray;
  }

  /** Whether the file has the key, whatever it holds; makes the key known. */
  public boolean has(String key) {
    known.add(key);
    return table.contains(List.of(key));
  }

  /** The keys that the file has here; for tables whose keys are free. */
  public ImmutableSet<String> keys() {
    return ImmutableSet.copyOf(table.keySet());
  }

  /** The key itself as an absolute path, for tables whose keys are paths. */
  public Setting<Path> keyAsPath(String key) {
    return Setting.of(this, key, keyPosition(key), key).map(ValueText::path);
  }

  /** Notes a mistake in this table as a whole. */
  public void problem(String message) {
    document.problem(position.line(), position.column(), message);
  }

  /** Where it begins, as {@link ConfigProblem} has it. */
  public ConfigProblem at(String message) {
    return document.at(position.line(), position.column(), message);
  }

  /** Notes a mistake in a key rather than in its value; where it is not there, in the table. */
  public void problem(String key, String message) {
    TomlPosition place = table.contains(List.of(key)) ? keyPosition(key) : position;
    document.problem(place.line(), place.column(), message);
  }

  void reportUnknownKeys() {
    for (String key : table.keySet()) {
      if (!known.contains(key)) {
        boolean isTable = table.get(List.of(key)) instanceof TomlTable;
        problem(
            key,
            "unknown %s %s %s; %s"
                .formatted(
                    isTable ? "table" : "key", Printable.quoted(key), where(), suggestion(key)));
      }
    }
  }

  private String where() {
    return header.isEmpty() ? "at the top level" : "in " + header;
  }

  private String suggestion(String key) {
    return Suggest.nearest(key, known)
        .map(near -> "did you mean '" + near + "'?")
        .or(() -> document.ownerOf(key).map(owner -> "it belongs " + owner.where()))
        .orElseGet(() -> "known here: " + String.join(", ", ImmutableList.sortedCopyOf(known)));
  }

  private <T> Setting<T> read(String key, ValueType<T> type) {
    known.add(key);
    Object value = table.get(List.of(key));
    if (value == null) {
      return Setting.absent(this, key);
    }
    TomlPosition place = valuePosition(key);
    if (type.javaType().isInstance(value)) {
      return Setting.of(this, key, place, type.javaType().cast(value));
    }
    document.problem(place.line(), place.column(), type.mismatch(label(key), key, value));
    return Setting.wrong(this, key, place);
  }

  private TomlPosition valuePosition(String key) {
    var entry = table.entry(List.of(key));
    return entry == null ? keyPosition(key) : known(entry.value().position());
  }

  private TomlPosition keyPosition(String key) {
    return known(table.inputPositionOf(List.of(key)));
  }

  /** Every element of a parsed file has a place; the table's own stands in, to be sure. */
  private TomlPosition known(@Nullable TomlPosition place) {
    return place == null ? position : place;
  }

  boolean knows(String key) {
    return known.contains(key);
  }

  String label(String key) {
    return prefix + Printable.cut(key, 80);
  }

  /** How people call it, as {@code [ssh]} or {@code [[sync]]}; empty for the top level. */
  public String header() {
    return header;
  }

  TomlPosition position() {
    return position;
  }

  TomlDocument document() {
    return document;
  }
}
