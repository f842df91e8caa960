package io.relais.failover.cli;

import com.fasterxml.jackson.core.JacksonException;
import io.relais.failover.engine.FileTrouble;
import java.io.IOException;
import java.nio.file.AccessDeniedException;

/** File errors as people read them. */
final class Failures {
  private Failures() {}

  static String describe(IOException e) {
    return switch (e) {
      case AccessDeniedException denied ->
          FileTrouble.describe(denied)
              + "; run it as the user of the service: sudo -u failover-watcher failover-watcher …";
      case JacksonException damaged ->
          "a file of the state is damaged, the next round writes it anew: "
              + damaged.getOriginalMessage();
      default -> FileTrouble.describe(e);
    };
  }
}
