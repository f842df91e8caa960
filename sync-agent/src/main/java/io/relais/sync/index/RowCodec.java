package io.relais.sync.index;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.hash.HashCode;
import io.relais.sync.entry.EntryKind;
import io.relais.sync.entry.IndexEntry;
import io.relais.sync.entry.SourceEntry;
import io.relais.sync.entry.TargetEntry;
import io.relais.sync.index.IndexDatabase.DamagedException;
import io.relais.sync.path.RelPath;
import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How a record is laid in a row. SQLite keeps no checksums of its pages, so each row has one of its
 * own, over its key and all its values: a flipped bit must not become a wrong name, size or time.
 */
final class RowCodec {
  /** In this order in every statement, after the key. */
  static final List<String> COLUMNS =
      List.of(
          "kind", "size", "mtime", "ctime", "mode", "device", "inode", "link", // the source
          "tsize", "tmtime", "tmode", "tlink", // the target; its kind is the same
          "hash", "sum", "mount"); // the last since format 2: whether the source is a mount point

  private static final List<EntryKind> KINDS =
      List.of(EntryKind.FILE, EntryKind.DIRECTORY, EntryKind.SYMLINK, EntryKind.OTHER);

  /** How the column {@code kind} says that it is a file. */
  static final int FILE = KINDS.indexOf(EntryKind.FILE);

  /** How the column {@code kind} says that it is one. */
  static final int DIRECTORY = KINDS.indexOf(EntryKind.DIRECTORY);

  private RowCodec() {}

  /** Binds the values from the parameter {@code first} on. */
  static void bind(PreparedStatement statement, int first, RelPath path, IndexEntry indexEntry)
      throws SQLException {
    SourceEntry source = indexEntry.source();
    TargetEntry target = indexEntry.target();
    int at = first;
    statement.setInt(at++, KINDS.indexOf(source.kind()));
    statement.setLong(at++, source.size());
    statement.setLong(at++, source.mtimeNanos());
    statement.setLong(at++, source.ctimeNanos());
    statement.setInt(at++, source.mode());
    statement.setLong(at++, source.device());
    statement.setLong(at++, source.inode());
    statement.setBytes(at++, bytes(source.linkTarget()));
    statement.setLong(at++, target.size());
    statement.setLong(at++, target.mtimeSeconds());
    statement.setInt(at++, target.mode());
    statement.setBytes(at++, bytes(target.linkTarget()));
    statement.setBytes(at++, indexEntry.hash() == null ? null : indexEntry.hash().asBytes());
    statement.setLong(at++, sum(path, indexEntry));
    statement.setInt(at, source.mountRoot() ? 1 : 0);
  }

  /** Reads the values from the column {@code first} on. */
  static IndexEntry read(ResultSet row, int first, RelPath path)
      throws SQLException, DamagedException {
    IndexEntry indexEntry;
    long sum;
    try {
      indexEntry = read(row, first);
      sum = row.getLong(first + COLUMNS.indexOf("sum"));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new DamagedException("damaged (a record that was never written)", e);
    }
    if (sum != sum(path, indexEntry)) {
      throw new DamagedException("damaged (a record with a wrong checksum)");
    }
    return indexEntry;
  }

  private static IndexEntry read(ResultSet row, int first) throws SQLException {
    int at = first;
    EntryKind entryKind = KINDS.get(row.getInt(at++));
    SourceEntry source =
        new SourceEntry(
            entryKind,
            row.getLong(at++),
            row.getLong(at++),
            row.getLong(at++),
            row.getInt(at++),
            row.getLong(at++),
            row.getLong(at++),
            text(row.getBytes(at++)),
            row.getBoolean(first + COLUMNS.indexOf("mount")));
    TargetEntry target =
        new TargetEntry(
            entryKind,
            row.getLong(at++),
            row.getLong(at++),
            row.getInt(at++),
            text(row.getBytes(at++)));
    byte[] hash = row.getBytes(at);
    return new IndexEntry(source, target, hash == null ? null : HashCode.fromBytes(hash));
  }

  static long sum(RelPath path, IndexEntry indexEntry) {
    SourceEntry source = indexEntry.source();
    TargetEntry target = indexEntry.target();
    CRC32C sum = new CRC32C();
    ByteBuffer numbers = ByteBuffer.allocate(10 * Long.BYTES);
    numbers.putLong(KINDS.indexOf(source.kind()));
    numbers.putLong(source.size()).putLong(source.mtimeNanos()).putLong(source.ctimeNanos());
    numbers.putLong(source.mode()).putLong(source.device()).putLong(source.inode());
    numbers.putLong(target.size()).putLong(target.mtimeSeconds()).putLong(target.mode());
    sum.update(numbers.flip());
    update(sum, path.bytes());
    update(sum, bytes(source.linkTarget()));
    update(sum, bytes(target.linkTarget()));
    update(sum, indexEntry.hash() == null ? null : indexEntry.hash().asBytes());
    if (source.mountRoot()) {
      sum.update(1);
    }
    return sum.getValue();
  }

  /** With the length before it, so that no two rows of values run together to the same bytes. */
  private static void update(CRC32C sum, byte @Nullable [] bytes) {
    sum.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes == null ? -1 : bytes.length).flip());
    if (bytes != null) {
      sum.update(bytes);
    }
  }

  private static byte @Nullable [] bytes(@Nullable String latin1) {
    return latin1 == null ? null : latin1.getBytes(ISO_8859_1);
  }

  private static @Nullable String text(byte @Nullable [] bytes) {
    return bytes == null ? null : new String(bytes, ISO_8859_1);
  }
}
