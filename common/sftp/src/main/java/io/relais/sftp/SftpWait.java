package io.relais.sftp;

import java.time.Duration;

/**
 * What the server owes, as of now.
 *
 * @param what it is to do, as in "answer: list directory /data"
 * @param time for how long it has been due
 */
public record SftpWait(String what, Duration time) {}
