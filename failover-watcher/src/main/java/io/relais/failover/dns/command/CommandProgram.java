package io.relais.failover.dns.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import io.relais.common.FileRights;
import io.relais.common.Printable;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.api.Json;
import io.relais.failover.process.BoundedProgram;
import io.relais.failover.process.BoundedProgram.Run;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks the program, once for each request, and says what its answer, or the lack of one, means. For
 * one thread at a time.
 */
final class CommandProgram {
  static final int VERSION = 1;

  /** Far more than the records of any name; a program gone wrong may write without end. */
  private static final int LARGEST_REPLY = 1024 * 1024;

  private static final int LONGEST_SHOWN = 300;

  /** The two exit codes of sysexits.h that only an operator can fix. */
  private static final int NO_PERMISSION = 77;

  private static final int SIGNALLED = 128;
  private static final int LAST_SIGNAL = 64;

  private static final int CONFIGURATION = 78;

  private final ImmutableList<String> command;
  private final Duration timeout;

  CommandProgram(ImmutableList<String> command, Duration timeout) {
    this.command = command;
    this.timeout = timeout;
  }

  /** Its path, for people. */
  String name() {
    return Printable.cut(command.getFirst(), LONGEST_SHOWN);
  }

  /** A request, to be filled. */
  static ObjectNode request(String what, String zone) {
    return Json.object().put("version", VERSION).put("request", what).put("zone", zone);
  }

  /** Sends a request that the program has to know. */
  JsonNode ask(ObjectNode request) throws DnsProviderException, InterruptedException {
    String what = what(request);
    return tryAsking(request)
        .orElseThrow(
            () ->
                refused(
                    what,
                    "it says that it does not know this request (\"unsupported\"); let it carry"
                        + " out 'list', 'set' and 'delete' at least",
                    null));
  }

  /** Sends a request; empty if the program says that it does not know it. */
  Optional<JsonNode> tryAsking(ObjectNode request)
      throws DnsProviderException, InterruptedException {
    String what = what(request);
    requireTrusted(what);
    Run run = run(request, what);
    return switch (run.ending()) {
      case TIMED_OUT ->
          throw retry(
              what,
              "it did not end within "
                  + timeout.toMillis() / 1000.0
                  + " s and was killed"
                  + heard(run)
                  + lookedUp(what),
              Optional.empty());
      case TOO_MUCH_OUTPUT ->
          throw retry(
              what,
              "it wrote more than 1 MiB to its standard output and was killed"
                  + heard(run)
                  + "; let it write nothing but the answer there",
              Optional.empty());
      case EXITED -> answer(run, what);
    };
  }

  private static String what(ObjectNode request) {
    String name = request.path("name").asText("");
    return "asked to "
        + request.path("request").asText()
        + (name.isEmpty()
            ? " " + request.path("zone").asText()
            : " " + name + " " + request.path("type").asText());
  }

  /** Each time: the rights may have changed since the configuration was read. */
  private void requireTrusted(String what) throws DnsProviderException {
    try {
      requireTrusted(Path.of(command.getFirst()));
    } catch (IOException e) {
      throw refused(what, reason(e), e);
    }
  }

  static void requireTrusted(Path program) throws IOException {
    FileRights.ofThisProcess().requireUnchangeable(program);
  }

  private static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "it is not there; correct command in [dns.command]";
      case FileSystemException refused when refused.getReason() != null ->
          "it " + refused.getReason();
      default -> "it can't be looked at; check its rights, and those of the directories above it";
    };
  }

  private Run run(ObjectNode request, String what)
      throws DnsProviderException, InterruptedException {
    byte[] input = (request + "\n").getBytes(UTF_8);
    try {
      return new BoundedProgram(command, timeout, LARGEST_REPLY).run(input);
    } catch (IOException e) {
      throw refused(what, "it can't be started; check that it is executable", e);
    }
  }

  private Optional<JsonNode> answer(Run run, String what) throws DnsProviderException {
    JsonNode reply = parse(run.output());
    JsonNode error = reply.path("error");
    if (error.isObject()) {
      if (error.path("kind").asText("").equals("unsupported")) {
        return Optional.empty();
      }
      throw failure(error, run, what);
    }
    if (run.exitCode() != 0) {
      throw unexplained(run, what);
    }
    if (reply.path("version").asInt(0) != VERSION) {
      throw retry(
          what,
          (reply.isMissingNode()
                  ? "its answer is not one JSON object"
                  : "its answer lacks \"version\": " + VERSION)
              + (run.output().isBlank() ? ", but nothing" : ": " + shown(run))
              + heard(run),
          Optional.empty());
    }
    return Optional.of(reply);
  }

  private static String shown(Run run) {
    return run.isText()
        ? Printable.cut(run.output().strip(), LONGEST_SHOWN)
        : run.outputBytes() + " bytes that are not text";
  }

  /** A missing node if it is not an object. */
  private static JsonNode parse(String text) {
    try {
      JsonNode json = Json.parse(text);
      return json.isObject() ? json : Json.missing();
    } catch (JsonProcessingException e) {
      return Json.missing();
    }
  }

  /** What the program itself says of the failure. */
  private DnsProviderException failure(JsonNode error, Run run, String what) {
    String message =
        Printable.cut(error.path("message").asText("no message"), LONGEST_SHOWN) + heard(run);
    Optional<Duration> after =
        Optional.of(error.path("retry_after_seconds"))
            .filter(JsonNode::canConvertToLong)
            .map(seconds -> Duration.ofSeconds(Math.max(0, seconds.asLong())));
    String kind = error.path("kind").asText("");
    return switch (kind) {
      case "permanent" -> refused(what, message, null);
      case "conflict" -> DnsProviderException.conflict(line(what, message));
      case "temporary" -> retry(what, message, after);
      case "unknown" -> retry(what, message + lookedUp(what), after);
      default ->
          retry(
              what,
              message
                  + "; it gives no kind of error that is known ("
                  + (kind.isEmpty() ? "none" : Printable.quoted(kind))
                  + "), so it counts as \"unknown\"",
              after);
    };
  }

  private DnsProviderException unexplained(Run run, String what) {
    String text = ended(run.exitCode()) + " and no error in JSON" + heard(run);
    return run.exitCode() == NO_PERMISSION || run.exitCode() == CONFIGURATION
        ? refused(what, text, null)
        : retry(what, text + lookedUp(what), Optional.empty());
  }

  /** A shell says it likewise of the program that it ran last. */
  private static String ended(int exitCode) {
    int signal = exitCode - SIGNALLED;
    return signal > 0 && signal <= LAST_SIGNAL
        ? "it was killed by signal " + signal
        : "it ended with exit code " + exitCode;
  }

  /** What only asks leaves nothing open. */
  private static String lookedUp(String what) {
    return what.startsWith("asked to list ") || what.startsWith("asked to check ")
        ? ""
        : "; whether it was carried out is looked up first";
  }

  /** What it wrote to its standard error, if anything. */
  private static String heard(Run run) {
    return run.errors().isEmpty() ? "" : " (it wrote: " + run.errors() + ")";
  }

  DnsProviderException retry(String what, String why, Optional<Duration> after) {
    return new DnsProviderException(DnsProviderException.Cause.RETRY, line(what, why), after, null);
  }

  private DnsProviderException refused(String what, String why, @Nullable Throwable cause) {
    return DnsProviderException.refused(line(what, why), cause);
  }

  private String line(String what, String why) {
    return name() + ", " + what + ": " + why;
  }
}
