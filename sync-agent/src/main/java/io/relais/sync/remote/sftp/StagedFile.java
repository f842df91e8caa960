package io.relais.sync.remote.sftp;

/**
 * A temporary file that is open for writing, new and empty.
 *
 * @param handle the server's, of the channel that it was opened on
 * @param path absolute, one character a byte
 */
record StagedFile(String handle, String path) {}
