package io.relais.loopback;

/** What a client may ask of the backup; used to count requests and to make them fail. */
public enum Operation {
  LIST,
  STAT,
  OPEN,
  READ,
  WRITE,
  CLOSE,
  SET_ATTRIBUTES,
  SYNC,
  MAKE_DIRECTORY,
  REMOVE,
  REMOVE_DIRECTORY,
  RENAME,
  SYMLINK,
  READ_LINK
}
