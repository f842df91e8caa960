package io.relais.failover.wiring;

import com.fasterxml.jackson.core.JacksonException;
import io.relais.failover.state.FileProblem;
import java.io.IOException;
import java.nio.file.AccessDeniedException;

/** File errors as people read them. */
public final class FileErrorText {
  private FileErrorText() {}

  public static String describe(IOException e) {
    return switch (e) {
      case AccessDeniedException denied ->
          FileProblem.describe(denied)
              + "; run it as the user of the service: sudo -u failover-watcher failover-watcher …";
      case JacksonException damaged ->
          "a file of the state is damaged, the next round writes it again: "
              + damaged.getOriginalMessage();
      default -> FileProblem.describe(e);
    };
  }
}
