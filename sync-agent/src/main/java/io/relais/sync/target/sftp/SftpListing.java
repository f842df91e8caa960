package io.relais.sync.target.sftp;

import io.relais.sync.plan.Kind;
import io.relais.sync.plan.TargetEntry;
import io.relais.sync.target.TargetException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Lists one directory in three round trips for most: one to open it, one for its entries (several
 * requests at once, since the server gives a hundred in each), one for all its symlinks.
 */
final class SftpListing {
  private static final int REQUESTS_AT_ONCE = 4;

  private final SftpClient client;

  SftpListing(SftpClient client) {
    this.client = client;
  }

  /** Lists all but {@code .} and {@code ..}. */
  Map<String, TargetEntry> list(String directory) throws IOException {
    String what = "list " + SftpClient.shown(directory);
    String handle = client.expect(SftpReply.HANDLE, client.opendir(directory), what).string();
    Map<String, SftpAttributes> found = new LinkedHashMap<>();
    try {
      readAll(handle, what, found);
    } finally {
      client.release(handle);
    }
    return resolve(directory, found);
  }

  private void readAll(String handle, String what, Map<String, SftpAttributes> found)
      throws IOException {
    ArrayDeque<CompletableFuture<SftpReply>> asked = new ArrayDeque<>();
    asked.add(client.readdir(handle));
    asked.add(client.readdir(handle));
    while (true) {
      SftpReply reply = client.await(asked.removeFirst());
      if (reply.type() == SftpReply.STATUS) {
        reply.body().mark();
        if (reply.integer() == SftpFailures.EOF) {
          return;
        }
        reply.body().reset();
        throw SftpFailures.of(what, reply);
      }
      if (reply.type() != SftpReply.NAME) {
        throw SftpReply.malformed();
      }
      while (asked.size() < REQUESTS_AT_ONCE) {
        asked.add(client.readdir(handle));
      }
      readNames(reply, found);
    }
  }

  private static void readNames(SftpReply reply, Map<String, SftpAttributes> found)
      throws IOException {
    for (int left = reply.integer(); left > 0; left--) {
      String name = reply.string();
      reply.bytes();
      SftpAttributes attributes = SftpAttributes.read(reply);
      if (name.indexOf('/') >= 0 || name.indexOf('\0') >= 0 || name.isEmpty()) {
        throw SftpReply.malformed();
      }
      if (!name.equals(".") && !name.equals("..")) {
        found.put(name, attributes);
      }
    }
  }

  private Map<String, TargetEntry> resolve(String directory, Map<String, SftpAttributes> found)
      throws IOException {
    Map<String, CompletableFuture<SftpReply>> links = new HashMap<>();
    found.forEach(
        (name, attributes) -> {
          if (attributes.kind() == Kind.SYMLINK) {
            links.put(name, client.readlink(directory + "/" + name));
          }
        });
    Map<String, TargetEntry> entries = new LinkedHashMap<>();
    for (Map.Entry<String, SftpAttributes> each : found.entrySet()) {
      CompletableFuture<SftpReply> link = links.get(each.getKey());
      TargetEntry entry = entry(each.getValue(), link, directory + "/" + each.getKey());
      if (entry != null) {
        entries.put(each.getKey(), entry);
      }
    }
    return entries;
  }

  /** Makes the entry; null if a symlink vanished before it was read. */
  @Nullable TargetEntry entry(
      SftpAttributes attributes, @Nullable CompletableFuture<SftpReply> link, String path)
      throws IOException {
    Kind kind = attributes.kind();
    if (kind == Kind.SYMLINK) {
      String text = link == null ? null : linkText(link, path);
      return text == null ? null : new TargetEntry(kind, 0, attributes.mtimeSeconds(), 0777, text);
    }
    long size = kind == Kind.FILE ? attributes.size() : 0;
    return new TargetEntry(kind, size, attributes.mtimeSeconds(), attributes.mode() & 07777, null);
  }

  private @Nullable String linkText(CompletableFuture<SftpReply> link, String path)
      throws IOException {
    try {
      SftpReply reply = client.expect(SftpReply.NAME, link, "read link " + SftpClient.shown(path));
      if (reply.integer() != 1) {
        throw SftpReply.malformed();
      }
      return reply.string();
    } catch (TargetException e) {
      if (e.reason() == TargetException.Reason.NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }
}
