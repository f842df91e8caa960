package io.relais.sync.config;

import com.google.common.collect.ImmutableList;
import io.relais.sync.scan.LinkPolicy;
import java.nio.file.Path;
import java.time.Duration;

/**
 * One {@code [[sync]]} table: a source and where it is mirrored to.
 *
 * @param name unique, of letters, digits, {@code -}, {@code _} and {@code .}
 * @param source absolute
 * @param exclude patterns in gitignore syntax, in order
 * @param consistent whether changes are applied as one step, as certificates need
 */
public record SyncConfig(
    String name,
    Path source,
    ImmutableList<TargetAddress> targets,
    boolean delete,
    ImmutableList<String> exclude,
    LinkPolicy links,
    Debounce debounce,
    DeleteGuard deleteGuard,
    boolean consistent,
    Durability durability) {

  /** How long a changed path must be quiet before it is looked at, and how long it may wait. */
  public record Debounce(Duration quiet, Duration max) {}

  /**
   * The most that one plan may delete without a person's word: a share of what is known, and at the
   * same time a number of entries.
   */
  public record DeleteGuard(double share, int entries) {}

  /** Whether the target's disk must confirm a file before it is put in place. */
  public enum Durability {
    FSYNC,
    NONE
  }

  /**
   * Where a mirror is kept.
   *
   * @param host an alias of the OpenSSH configuration
   * @param path absolute, as the SFTP account sees it; one character a byte
   */
  public record TargetAddress(String host, String path) {
    @Override
    public String toString() {
      return host + ":" + path;
    }
  }
}
