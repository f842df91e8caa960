package io.relais.failover.wiring;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/**
 * What the program takes from the process it runs in.
 *
 * @param directory the working directory
 * @param etc where the system's configuration is
 */
public record World(
    Map<String, String> environment,
    InputStream in,
    PrintStream out,
    PrintStream err,
    InstantSource clock,
    Path directory,
    Path etc) {}
