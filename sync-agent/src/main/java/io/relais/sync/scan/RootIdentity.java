package io.relais.sync.scan;

/**
 * What a root directory is known by. Device numbers may change over a reboot; inode and time of
 * birth together don't.
 *
 * @param device {@code st_dev}, major and minor packed as {@code major << 32 | minor}
 * @param inode {@code st_ino}
 * @param birthNanos time of birth in nanoseconds since 1970; 0 where the file system has none
 */
public record RootIdentity(long device, long inode, long birthNanos) {}
