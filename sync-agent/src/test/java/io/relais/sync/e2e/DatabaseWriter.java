package io.relais.sync.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A site that writes to its databases, in a process of its own: within one, closing any descriptor
 * of a database takes SQLite's locks away. Each row is a transaction that changes two tables, so
 * that half of one shows; and rows all over the database are changed at random.
 */
final class DatabaseWriter implements AutoCloseable {
  private static final int ROWS_A_SECOND = 400;

  /** After so many it begins anew with the first, so that the databases stay small. */
  private static final int ROWS = 2_000;

  /** More than a program waits by default, to see that none has to. */
  private static final int BUSY_MILLIS = 5_000;

  private final Process process;

  private DatabaseWriter(Process process) {
    this.process = process;
  }

  /**
   * Begins to write to databases that are made, each by a connection that stays open.
   *
   * @param databases each as {@code MODE=FILE}, the mode being one of {@code journal_mode}
   */
  static DatabaseWriter start(Path log, List<String> databases) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                DatabaseWriter.class.getName()));
    command.addAll(databases);
    return new DatabaseWriter(
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start());
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Ends it in the middle of whatever it does, as a crash does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Ends it in good order. */
  void stop() throws IOException, InterruptedException {
    process.getOutputStream().close();
    process.waitFor(30, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** Writes until its standard input ends. */
  public static void main(String[] databases) throws Exception {
    List<Thread> threads = new ArrayList<>();
    for (String each : databases) {
      String[] parts = each.split("=", 2);
      threads.add(
          Thread.ofPlatform().daemon().start(() -> write(parts[0], "jdbc:sqlite:" + parts[1])));
    }
    while (System.in.read() >= 0) {}
    for (Thread each : threads) {
      each.interrupt();
      each.join();
    }
  }

  private static void write(String mode, String url) {
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout = " + BUSY_MILLIS);
      statement.execute("PRAGMA journal_mode = " + mode);
      statement.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, said TEXT, writes INTEGER)");
      statement.execute("CREATE TABLE total (writes INTEGER)");
      statement.execute("CREATE INDEX event_said ON event (said)");
      statement.execute("INSERT INTO total VALUES (0)");
      connection.setAutoCommit(false);
      long begun = System.nanoTime();
      long longest = 0;
      int rows = 0;
      while (!Thread.currentThread().isInterrupted()) {
        long now = System.nanoTime();
        writeRow(connection, ++rows);
        longest = Math.max(longest, System.nanoTime() - now);
        LockSupport.parkNanos(begun + rows * (1_000_000_000L / ROWS_A_SECOND) - System.nanoTime());
      }
      System.out.printf(
          "%s: %d rows, %d a second; the longest took %d ms%n",
          mode, rows, rows * 1_000_000_000L / (System.nanoTime() - begun), longest / 1_000_000);
    } catch (SQLException e) {
      throw new UncheckedIOException(new IOException(mode, e));
    }
  }

  private static void writeRow(Connection connection, int row) throws SQLException {
    try (PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO event VALUES (?, hex(randomblob(100)), 1)"
                    + " ON CONFLICT (id) DO UPDATE SET said = excluded.said, writes = writes + 1");
        PreparedStatement change =
            connection.prepareStatement(
                "UPDATE event SET said = hex(randomblob(100)), writes = writes + 1"
                    + " WHERE id = 1 + abs(random() % ?)");
        PreparedStatement total =
            connection.prepareStatement("UPDATE total SET writes = writes + 2")) {
      insert.setInt(1, 1 + (row - 1) % ROWS);
      insert.execute();
      change.setInt(1, Math.min(row, ROWS));
      change.execute();
      total.execute();
      connection.commit();
    }
  }
}
