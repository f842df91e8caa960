package io.relais.benchmark.mirror;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** Where and with what it was measured, in one line each. */
record Setting(String date, String machine, String disks, String versions, String remark) {
  static Setting of(Path source, Path backup, String remark)
      throws IOException, InterruptedException {
    return new Setting(
        LocalDate.now(ZoneOffset.UTC).toString(),
        "%s, %d cores, %.0f GiB, Linux %s"
            .formatted(
                field("/proc/cpuinfo", "model name"),
                Runtime.getRuntime().availableProcessors(),
                Long.parseLong(field("/proc/meminfo", "MemTotal").replaceAll("[^0-9]", ""))
                    / 1048576.0,
                System.getProperty("os.version")),
        "source on %s, backup on %s"
            .formatted(Files.getFileStore(source).type(), Files.getFileStore(backup).type()),
        "JDK %s; %s; %s; lsyncd %s"
            .formatted(
                System.getProperty("java.version"),
                first("ssh", "-V").replaceAll(",.*", ""),
                first("rsync", "--version").replaceAll(" +protocol.*", "").replaceAll(" +", " "),
                first("lsyncd", "--version").replace("Version: ", "")),
        remark);
  }

  private static String first(String... command) throws IOException, InterruptedException {
    return Commands.check(command).lines().findFirst().orElse("");
  }

  private static String field(String file, String name) throws IOException {
    return Files.readAllLines(Path.of(file)).stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("0");
  }
}
