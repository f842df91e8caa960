package io.relais.benchmark.mirror;

import java.util.Locale;

/** What is measured. */
enum Row {
  SAVE("one file saved in place"),
  RENAME_SAVE("one file saved by write and rename"),
  FIRST_SITE("first sync, %,d files of a site"),
  FIRST_WIDE("first sync, %,d files of 1 KB"),
  FIRST_BIG("first sync, one file of %,d MiB"),
  UNCHANGED("nothing changed, %,d files: restart to in sync"),
  EDIT("1 MiB changed in place in %,d MiB"),
  INSERT("1 MiB inserted into %,d MiB"),
  APPEND("1 MiB appended to %,d MiB"),
  RENAME_DIRECTORY("a directory of 1,000 files renamed"),
  BURST("%,d files rewritten in %,d ms"),
  DELETE("1,000 files deleted with their directory"),
  COPY("a directory of 1,000 files copied in"),
  IDLE("idle with %,d files in %,d directories"),
  WATCHING("start to watching, %,d directories, warm index"),
  MEMORY("heap, %,d files"),
  MEMORY_WIDE("heap, %,d files, for comparison");

  private final String text;

  Row(String text) {
    this.text = text;
  }

  /** How it is named on the command line. */
  String option() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Row ofOption(String option) {
    for (Row row : values()) {
      if (row.option().equals(option)) {
        return row;
      }
    }
    throw new IllegalArgumentException("no row is named " + option);
  }

  /** For people. */
  String text(Scale scale) {
    return switch (this) {
      case FIRST_SITE -> fill(scale.siteFiles());
      case FIRST_WIDE, UNCHANGED, MEMORY_WIDE -> fill(scale.wideFiles());
      case FIRST_BIG, EDIT, INSERT, APPEND -> fill(scale.bigBytes() >> 20);
      case BURST -> fill(scale.burst(), scale.burstTime().toMillis());
      case IDLE -> fill(scale.wideFiles(), scale.wideDirectories());
      case WATCHING -> fill(scale.wideDirectories());
      case MEMORY -> fill(scale.manyFiles());
      case SAVE, RENAME_SAVE, RENAME_DIRECTORY, DELETE, COPY -> text;
    };
  }

  private String fill(Object... numbers) {
    return text.formatted(numbers);
  }
}
