package io.relais.failover.dns.command;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.common.Printable;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.DnsProvider;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A zone that a program of the user's reads and changes. What the program says it did is not
 * believed: the records are listed before each change and after it, and the zone's servers are
 * asked, as with any provider. Each request has the timeout; a change takes two and one for each
 * set. For one thread at a time.
 */
public final class CommandZone implements DnsProvider {
  private static final int MOST_CHECKS = 100;
  private static final int LONGEST_SHOWN = 300;

  private final CommandProgram program;

  private CommandZone(CommandProgram program) {
    this.program = program;
  }

  /**
   * Starts nothing yet.
   *
   * @param command the program's absolute path, and its arguments
   * @param timeout of one request
   */
  public static CommandZone of(ImmutableList<String> command, Duration timeout) {
    checkArgument(Path.of(command.getFirst()).isAbsolute(), "command %s", command);
    return new CommandZone(new CommandProgram(command, timeout));
  }

  /**
   * Checks that nobody else can change a program that is to be trusted with the zone.
   *
   * @throws IOException if somebody can, or it is not there
   */
  public static void requireTrusted(Path file) throws IOException {
    CommandProgram.requireTrusted(file);
  }

  @Override
  public ImmutableList<RrSet> read(String zone, ImmutableSet<RecordKey> keys)
      throws DnsProviderException, InterruptedException {
    ListedRecords listed = list(zone, keys);
    ImmutableList.Builder<RrSet> sets = ImmutableList.builder();
    for (RecordKey key : keys) {
      sets.add(listed.set(key));
    }
    return sets.build();
  }

  private ListedRecords list(String zone, ImmutableSet<RecordKey> keys)
      throws DnsProviderException, InterruptedException {
    JsonNode reply = program.ask(about("list", zone, keys));
    return ListedRecords.read(reply)
        .orElseThrow(
            () ->
                program.retry(
                    "asked to list " + zone,
                    "its answer has no list \"records\" of objects with \"name\", \"type\","
                        + " \"value\" and \"ttl\" (whole seconds)",
                    Optional.empty()));
  }

  private static ObjectNode about(String what, String zone, ImmutableSet<RecordKey> keys) {
    ObjectNode request = CommandProgram.request(what, zone);
    ArrayNode names = request.putArray("names");
    keys.stream().map(RecordKey::name).distinct().forEach(names::add);
    return request;
  }

  /**
   * {@inheritDoc}
   *
   * <p>A set is put in the place of what is there as a whole. What is taken out goes last, so that
   * a name that is to have an address always has one.
   */
  @Override
  public void apply(ZoneChange change) throws DnsProviderException, InterruptedException {
    ListedRecords listed = list(change.zone(), change.keys());
    for (Replacement replacement : change.replacements()) {
      requireOurs(replacement, listed.set(replacement.after().key()));
    }
    List<Replacement> order = new ArrayList<>(change.replacements());
    order.sort((one, other) -> Boolean.compare(one.after().isEmpty(), other.after().isEmpty()));
    boolean changed = false;
    for (Replacement replacement : order) {
      RrSet after = replacement.after();
      RrSet found = listed.set(after.key());
      if (!found.equals(after) || !listed.hasExactly(after)) {
        put(request(change.zone(), found, after));
        changed = true;
      }
    }
    if (changed) {
      requireDone(change);
    }
  }

  /** What it asked an API for before it failed may still be carried out there. */
  private void put(ObjectNode request) throws DnsProviderException, InterruptedException {
    try {
      program.ask(request);
    } catch (DnsProviderException e) {
      throw e.kind() == DnsProviderException.Cause.RETRY
          ? DnsProviderException.openEnded(String.valueOf(e.getMessage()), e.retryAfter(), e)
          : e;
    }
  }

  /** {@inheritDoc} A program may list two equal records. */
  @Override
  public boolean holds(ZoneChange change) throws DnsProviderException, InterruptedException {
    ListedRecords listed = list(change.zone(), change.keys());
    for (Replacement replacement : change.replacements()) {
      if (!listed.hasExactly(replacement.after())) {
        return false;
      }
    }
    return true;
  }

  private static void requireOurs(Replacement replacement, RrSet current)
      throws DnsProviderException {
    var strangers = replacement.strangers(current);
    if (!strangers.isEmpty()) {
      throw DnsProviderException.conflict(
          current.key()
              + " holds "
              + String.join(", ", strangers)
              + ", which is neither what was there nor what is to be ("
              + replacement.after()
              + "): somebody else changed it; look at the zone and decide");
    }
  }

  private static ObjectNode request(String zone, RrSet found, RrSet after) {
    ObjectNode request = CommandProgram.request(after.isEmpty() ? "delete" : "set", zone);
    request.put("name", after.key().name()).put("type", after.key().type().name());
    if (!after.isEmpty()) {
      put(request, after);
    }
    put(request.putObject("found"), found);
    return request;
  }

  private static void put(ObjectNode json, RrSet set) {
    json.put("ttl", set.ttl().toSeconds());
    ArrayNode values = json.putArray("values");
    set.values().forEach(values::add);
  }

  /** The TTL is not compared: a provider may round it. */
  private void requireDone(ZoneChange change) throws DnsProviderException, InterruptedException {
    ListedRecords listed = list(change.zone(), change.keys());
    for (RrSet after : change.replacements().stream().map(Replacement::after).toList()) {
      if (!listed.hasExactly(after)) {
        throw program.retry(
            "asked to change " + change.zone(),
            "it lists " + listed.set(after.key()) + " where " + after + " was just to be put",
            Optional.empty());
      }
    }
  }

  /** {@inheritDoc} A program that knows no such request has nothing to do. */
  @Override
  public void publish(String zone) throws DnsProviderException, InterruptedException {
    program.tryAsking(CommandProgram.request("publish", zone));
  }

  /**
   * {@inheritDoc}
   *
   * <p>What it needs rights for, only the program can tell: the request {@code check}, which it may
   * leave out.
   */
  @Override
  public ImmutableList<Check> check(
      String zone, ImmutableSet<RecordKey> keys, boolean questionsOnly)
      throws InterruptedException {
    ImmutableList.Builder<Check> checks = ImmutableList.builder();
    checks.addAll(records(zone, keys));
    String name = "self-check of " + program.name();
    try {
      Optional<JsonNode> reply =
          program.tryAsking(about("check", zone, keys).put("questions_only", questionsOnly));
      if (reply.isEmpty()) {
        checks.add(
            Check.unknown(
                name,
                "it has no 'check' request, so nobody knows in advance whether it may change"
                    + " records; a drill with --name shows it"));
      } else {
        checks.addAll(said(reply.get(), name));
      }
    } catch (DnsProviderException e) {
      checks.add(Check.of(name, e));
    }
    return checks.build();
  }

  private ImmutableList<Check> records(String zone, ImmutableSet<RecordKey> keys)
      throws InterruptedException {
    ImmutableList.Builder<Check> checks = ImmutableList.builder();
    String name = "records, by " + program.name();
    ListedRecords listed;
    try {
      listed = list(zone, keys);
      checks.add(Check.ok(name, "listed"));
    } catch (DnsProviderException e) {
      return ImmutableList.of(Check.of(name, e));
    }
    for (RecordKey key : keys) {
      String record = "record " + key;
      try {
        RrSet set = listed.set(key);
        checks.add(
            set.isEmpty() || listed.hasExactly(set)
                ? Check.ok(record, set.toString())
                : Check.warning(
                    record, set + ", and at least one of them twice; take the other out"));
      } catch (DnsProviderException e) {
        checks.add(Check.of(record, e));
      }
    }
    return checks.build();
  }

  private static ImmutableList<Check> said(JsonNode reply, String name) {
    JsonNode list = reply.path("checks");
    if (!list.isArray() || list.size() > MOST_CHECKS) {
      return ImmutableList.of(
          Check.failed(
              name, "its answer has no list \"checks\" of at most " + MOST_CHECKS + " objects"));
    }
    ImmutableList.Builder<Check> checks = ImmutableList.builder();
    for (JsonNode one : list) {
      String what = Printable.cut(one.path("name").asText(name), LONGEST_SHOWN);
      String detail = Printable.cut(one.path("detail").asText(""), LONGEST_SHOWN);
      checks.add(
          result(one.path("result").asText(""))
              .map(status -> new Check(what, status, detail))
              .orElseGet(
                  () ->
                      Check.failed(
                          what,
                          "the program's \"result\" is none of ok, warning, failed, unanswered,"
                              + " unknown; correct it")));
    }
    return list.isEmpty()
        ? ImmutableList.of(Check.ok(name, "it found nothing to tell"))
        : checks.build();
  }

  private static Optional<Check.Status> result(String word) {
    for (Check.Status status : Check.Status.values()) {
      if (status.name().toLowerCase(Locale.ROOT).equals(word)) {
        return Optional.of(status);
      }
    }
    return Optional.empty();
  }

  @Override
  public String describe() {
    return program.name() + " (command)";
  }
}
