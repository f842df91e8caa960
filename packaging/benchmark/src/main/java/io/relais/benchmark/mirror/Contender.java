package io.relais.benchmark.mirror;

/** Who is measured. */
enum Contender {
  AGENT("sync-agent", false),
  LSYNCD_RSYNC("lsyncd, default.rsync", false),
  LSYNCD_RSYNC_SHARED("lsyncd, default.rsync, shared connection", true),
  LSYNCD_RSYNCSSH("lsyncd, default.rsyncssh", false),
  LSYNCD_RSYNCSSH_SHARED("lsyncd, default.rsyncssh, shared connection", true),
  RSYNC("rsync -a", false),
  /** As durable as the agent; rsync 3.2.4 and later. */
  RSYNC_DURABLE("rsync -a --fsync", false),
  SFTP("sftp -b", false),
  SCP("scp -r", false),
  PIPE("a bare ssh pipe", false);

  private final String text;
  private final boolean shared;

  Contender(String text, boolean shared) {
    this.text = text;
    this.shared = shared;
  }

  /** For people. */
  String text() {
    return text;
  }

  /** Whether its ssh finds a connection open already (ControlMaster). */
  boolean isShared() {
    return shared;
  }

  /** Whether it moves and deletes at the backup by a shell instead of rsync. */
  boolean isByShell() {
    return this == LSYNCD_RSYNCSSH || this == LSYNCD_RSYNCSSH_SHARED;
  }

  /** Whether it writes through the account that has a chroot and no shell. */
  boolean isChrooted() {
    return this == AGENT || this == SFTP || this == SCP;
  }
}
