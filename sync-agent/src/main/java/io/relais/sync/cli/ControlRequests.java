package io.relais.sync.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import io.relais.sync.cli.ControlSocket.RefusedException;
import io.relais.sync.engine.Agent;
import io.relais.sync.path.RelPath;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
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
final class ControlRequests {
  static final String STATUS = "status";
  static final String REPAIR = "repair";

  /** Paths in one request. */
  static final int MOST_PATHS = 10_000;

  private ControlRequests() {}

  /**
   * All that an agent takes.
   *
   * @param status how its mirrors stand
   */
  static ImmutableMap<String, ControlSocket.Request> of(Agent agent, Supplier<ObjectNode> status) {
    return ImmutableMap.of(
        STATUS,
        _ -> ControlLine.object().set("status", status.get()),
        REPAIR,
        request -> repair(agent, request));
  }

  /** The request to send files again. */
  static ObjectNode repair(String mirror, Collection<RelPath> paths, boolean compare) {
    ObjectNode request = ControlLine.object();
    request.put("do", REPAIR).put("mirror", mirror).put("compare", compare);
    ArrayNode names = request.putArray("paths");
    paths.forEach(path -> names.add(path.latin1()));
    return request;
  }

  private static ObjectNode repair(Agent agent, ObjectNode request) throws RefusedException {
    String mirror = ControlLine.text(request, "mirror");
    if (mirror == null) {
      throw new RefusedException("the request names no mirror");
    }
    Set<RelPath> paths = paths(request.path("paths"));
    if (!agent.suspect(mirror, paths, request.path("compare").asBoolean(false))) {
      throw new RefusedException("the agent has no mirror '" + mirror + "'");
    }
    return ControlLine.object().put("taken", paths.size());
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
