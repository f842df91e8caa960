package io.relais.failover.dyndns;

import com.google.common.collect.ImmutableMap;
import io.relais.common.Printable;
import io.relais.failover.dyndns.Updater.Response;
import io.relais.failover.net.HttpReply;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Tells a service's replies apart: by the word at the beginning, as the protocol has it, and by the
 * status where there is none.
 *
 * <pre>
 * word                             means
 * -------------------------------  ----------------------------------------------------------
 * good, nochg                      done
 * good 127.0.0.1                   not done: the client is blocked
 * 911, dnserr                      later, in half an hour at the least
 * interval                         later: too often
 * badauth, nohost, notfqdn,        never, until an operator fixes it
 * numhost, abuse, blocked, badagent, badsys, badip, !donator, !yours, !active
 *
 * otherwise                        by status
 * -------------------------------  ----------------------------------------------------------
 * 401                              as badauth
 * 429, 503                         later, as Retry-After says, half an hour at the least
 * anything else                    later: not this protocol, or not this service
 * </pre>
 *
 * Sources: https://help.dyn.com/remote-access-api/return-codes/ and
 * https://www.noip.com/integrate/response.
 */
final class DynDns2Replies {
  static final Duration SERVICE_TROUBLE = Duration.ofMinutes(30);
  private static final Duration LONGEST_WAIT = Duration.ofDays(1);
  private static final String BAD_AUTH = "the user or the password is wrong; check dyndns.user";

  private static final ImmutableMap<String, String> NEVER =
      ImmutableMap.<String, String>builder()
          .put("badauth", BAD_AUTH + " and dyndns.password_file")
          .put("nohost", "the account has no such name; check dyndns.name, or create it there")
          .put("!yours", "the name belongs to another account; check dyndns.name and dyndns.user")
          .put("!active", "the name is not active; activate it at the service")
          .put("notfqdn", "the name is not complete; write dyndns.name with its domain")
          .put("numhost", "too many names, or one with several records; leave one record there")
          .put("abuse", "the name is blocked for abuse; unblock it at the service")
          .put("blocked", "the name is blocked; unblock it at the service")
          .put("badagent", "the service refuses this program; ask its support")
          .put("badsys", "the service does not know system=dyndns; check dyndns.url")
          .put("badip", "the service takes no such address; see whether it knows IPv6")
          .put("!donator", "the account lacks a paid feature; look at the service's page")
          .buildOrThrow();

  private static final ImmutableMap<String, String> LATER =
      ImmutableMap.of(
          "911", "the service is broken or under maintenance",
          "dnserr", "the service has trouble with its DNS",
          "interval", "the service wants fewer updates");

  private DynDns2Replies() {}

  /** The answer, with the service's own word in it. */
  static Response classify(HttpReply reply) {
    String line = reply.text().strip().lines().findFirst().orElse("").strip();
    String[] words = line.split("\\s+", 3);
    String word = words[0].toLowerCase(Locale.ROOT);
    if (isDone(reply, word)) {
      boolean blocked = words.length > 1 && words[1].equals("127.0.0.1");
      return blocked
          ? new Response.Never(said(line) + "the service ignores this program; ask its support")
          : new Response.Done(word.equals("good"), word);
    }
    if (NEVER.containsKey(word)) {
      return new Response.Never(said(line) + NEVER.get(word));
    }
    if (LATER.containsKey(word)) {
      return new Response.Later(pause(reply), said(line) + LATER.get(word));
    }
    return byStatus(reply, line);
  }

  private static boolean isDone(HttpReply reply, String word) {
    return reply.status() == 200 && (word.equals("good") || word.equals("nochg"));
  }

  private static Response byStatus(HttpReply reply, String line) {
    if (reply.status() == 401) {
      return new Response.Never("status 401: " + NEVER.get("badauth"));
    }
    String advice =
        reply.status() == 429 || reply.status() >= 500
            ? "the service has trouble"
            : "that is not an answer of this protocol; check dyndns.url";
    return new Response.Later(
        pause(reply), "status %d, ".formatted(reply.status()) + said(line) + advice);
  }

  private static String said(String line) {
    return (line.isEmpty() ? "nothing said" : Printable.quoted(line)) + ": ";
  }

  private static Duration pause(HttpReply reply) {
    Duration asked =
        reply.header("Retry-After").flatMap(DynDns2Replies::seconds).orElse(Duration.ZERO);
    Duration atLeast = asked.compareTo(SERVICE_TROUBLE) > 0 ? asked : SERVICE_TROUBLE;
    return atLeast.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : atLeast;
  }

  /** RFC 9110, section 10.2.3; the form with a date is left: it would be under half an hour. */
  private static Optional<Duration> seconds(String text) {
    return text.matches("[0-9]{1,9}")
        ? Optional.of(Duration.ofSeconds(Long.parseLong(text)))
        : Optional.empty();
  }
}
