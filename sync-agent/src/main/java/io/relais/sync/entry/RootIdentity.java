package io.relais.sync.entry;

/**
 * What the source's root directory is known by.
 *
 * @param device {@code st_dev}, major and minor packed as {@code major << 32 | minor}
 * @param inode {@code st_ino}
 * @param birthNanos time of birth in nanoseconds since 1970; 0 where the file system has none
 */
public record RootIdentity(long device, long inode, long birthNanos) {}
