package io.relais.sync.wiring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import io.relais.common.control.ControlClient;
import io.relais.common.control.ControlServer;
import io.relais.common.control.ControlServer.RefusedException;
import io.relais.common.control.JsonLine;
import io.relais.sync.engine.Agent;
import io.relais.sync.path.RelPath;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * What the running agent can be asked to do.
 *
 * <pre>
 * status  nothing
 * answer  status   how the mirrors stand, as status.json has it
 *
 * repair  mirror   its name
 *         paths    files whose content at the target is wrong, relative, one character a byte
 *         compare  true: source and target are to be compared as a whole as well
 * answer  taken    how many paths
 * </pre>
 */
public final class ControlRequests {
  static final String STATUS = "status";
  public static final String REPAIR = "repair";

  /** Paths in one request. */
  static final int MOST_PATHS = 10_000;

  private static final Duration LIMIT = Duration.ofSeconds(10);

  private ControlRequests() {}

  /**
   * Asks the agent; empty if none runs with that state directory.
   *
   * @throws IOException if one does, and refuses this or can't be asked
   */
  static Optional<ObjectNode> ask(Path stateDirectory, ObjectNode request) throws IOException {
    ControlClient client = new ControlClient(stateDirectory, "sync-agent");
    String command = request.path("do").asText().equals(REPAIR) ? "verify" : "status";
    try {
      return client.ask(request, command, LIMIT);
    } catch (EOFException e) {
      // Perhaps the next one runs by now, or none does any more.
      return client.ask(request, command, LIMIT);
    }
  }

  /**
   * All that an agent takes.
   *
   * @param status how its mirrors stand
   */
  public static ImmutableMap<String, ControlServer.Request> of(
      Agent agent, Supplier<ObjectNode> status) {
    return ImmutableMap.of(
        STATUS,
        (_, _) -> CompletableFuture.completedFuture(JsonLine.object().set("status", status.get())),
        REPAIR,
        (request, _) -> CompletableFuture.completedFuture(repair(agent, request)));
  }

  /** The request to send files again. */
  static ObjectNode repair(String mirror, Collection<RelPath> paths, boolean compare) {
    ObjectNode request = JsonLine.object();
    request.put("do", REPAIR).put("mirror", mirror).put("compare", compare);
    ArrayNode names = request.putArray("paths");
    paths.forEach(path -> names.add(path.latin1()));
    return request;
  }

  private static ObjectNode repair(Agent agent, ObjectNode request) throws RefusedException {
    String mirror = JsonLine.text(request, "mirror");
    if (mirror == null) {
      throw new RefusedException("the request names no mirror");
    }
    Set<RelPath> paths = paths(request.path("paths"));
    if (!agent.suspect(mirror, paths, request.path("compare").asBoolean(false))) {
      throw new RefusedException("the agent has no mirror '" + mirror + "'");
    }
    return JsonLine.object().put("taken", paths.size());
  }

  private static Set<RelPath> paths(JsonNode names) throws RefusedException {
    Set<RelPath> paths = new LinkedHashSet<>();
    if (names.size() > MOST_PATHS) {
      throw new RefusedException("more than %,d paths in one request".formatted(MOST_PATHS));
    }
    for (JsonNode name : names) {
      try {
        paths.add(RelPath.ofLatin1(name.isTextual() ? name.textValue() : ""));
      } catch (IllegalArgumentException e) {
        throw new RefusedException("not a path within a mirror: " + name);
      }
    }
    return paths;
  }
}
