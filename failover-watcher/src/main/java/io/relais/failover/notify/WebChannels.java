package io.relais.failover.notify;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.net.UrlEscapers;
import io.relais.common.Secret;
import io.relais.failover.net.HttpCall;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.HttpLimits;
import io.relais.failover.notify.ChannelSettings.Format;
import io.relais.failover.notify.ChannelSettings.Ifttt;
import io.relais.failover.notify.ChannelSettings.Webhook;
import io.relais.failover.notify.Notice.Topic;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Where each web service wants its request, with which headers and what body, as its documentation
 * says. Lengths are in UTF-16 units.
 */
final class WebChannels {
  private static final String CUT = "…";

  private WebChannels() {}

  /** {@code POST /trigger/EVENT/with/key/KEY}, as ifttt.com/maker_webhooks documents it. */
  static Channel ifttt(Ifttt settings, HttpCaller http, Duration timeout) {
    URI uri =
        uri(
            withoutSlash(settings.base())
                + "/trigger/"
                + UrlEscapers.urlPathSegmentEscaper().escape(settings.event())
                + "/with/key/"
                + UrlEscapers.urlPathSegmentEscaper().escape(settings.key().value()));
    HttpCall call =
        HttpCall.of("POST", uri, HttpLimits.within(timeout)).withHeaders(headers(Map.of()));
    return new HttpChannel(
        http, call, WebChannels::iftttBody, Redactor.of(uri, List.of(settings.key().value())));
  }

  static Channel webhook(Webhook settings, HttpCaller http, Duration timeout) {
    URI uri = target(settings);
    checkArgument(
        settings.method().matches("POST|PUT|PATCH"),
        "method %s can't carry a message; use POST, PUT or PATCH",
        settings.method());
    HttpCall call =
        HttpCall.of(settings.method(), uri, HttpLimits.within(timeout))
            .withHeaders(headers(own(settings)));
    List<String> secrets = new ArrayList<>(settings.headers().values());
    settings.token().map(Secret::value).ifPresent(secrets::add);
    secrets.add(settings.url().value());
    return new HttpChannel(http, call, body(settings), Redactor.of(uri, secrets));
  }

  private static Function<Notice, byte[]> body(Webhook settings) {
    return switch (settings.format()) {
      case SLACK -> WebChannels::slackBody;
      case DISCORD -> WebChannels::discordBody;
      case NTFY -> {
        String topic = settings.topic().orElseGet(() -> lastPart(uri(settings.url().value())));
        yield notice -> ntfyBody(topic, notice);
      }
      case GOTIFY -> WebChannels::gotifyBody;
      case TELEGRAM -> {
        checkArgument(settings.chat().isPresent(), "Telegram needs 'chat', the chat's id");
        String chat = settings.chat().get();
        yield notice -> telegramBody(chat, notice);
      }
      case TEMPLATE -> {
        checkArgument(settings.template().isPresent(), "format template needs 'template'");
        yield Template.parse(settings.template().get())::render;
      }
    };
  }

  private static URI target(Webhook settings) {
    URI given = uri(settings.url().value());
    return switch (settings.format()) {
      case SLACK, DISCORD, TEMPLATE -> given;
      case NTFY -> settings.topic().isPresent() ? given : withoutLastPart(given);
      case GOTIFY -> endingWith(given, "/message");
      case TELEGRAM -> telegram(given, settings);
    };
  }

  private static URI telegram(URI given, Webhook settings) {
    if (given.getRawPath().startsWith("/bot")) {
      return endingWith(given, "/sendMessage");
    }
    checkArgument(
        settings.token().isPresent(),
        "Telegram needs the bot's token: in the URL (https://api.telegram.org/botTOKEN) or as"
            + " token");
    return uri(
        withoutSlash(given.toString()) + "/bot" + settings.token().get().value() + "/sendMessage");
  }

  /**
   * The server of a topic's URL: JSON is published to the server's root
   * (docs.ntfy.sh/publish/#publish-as-json).
   */
  private static URI withoutLastPart(URI topic) {
    checkArgument(!lastPart(topic).isEmpty(), "ntfy needs 'topic', or a URL that ends with it");
    String url = withoutSlash(topic.toString());
    return uri(url.substring(0, url.lastIndexOf('/') + 1));
  }

  private static String lastPart(URI uri) {
    String path = withoutSlash(uri.getPath());
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static URI endingWith(URI uri, String end) {
    String path = withoutSlash(uri.getRawPath());
    if (path.endsWith(end)) {
      return uri;
    }
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return uri(uri.getScheme() + "://" + uri.getRawAuthority() + path + end + query);
  }

  private static String withoutSlash(String url) {
    return url.replaceFirst("/+$", "");
  }

  /** Without a cause, whose message would repeat the URL. */
  private static URI uri(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "the URL is malformed at character " + e.getIndex() + " (not shown: it may hold a key)");
    }
    checkArgument(
        uri.getHost() != null && uri.getScheme().matches("(?i)https?"),
        "the URL must begin with https:// or http:// and a host (not shown: it may hold a key)");
    return uri;
  }

  private static Map<String, String> own(Webhook settings) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    if (settings.token().isPresent() && settings.format() != Format.TELEGRAM) {
      String token = settings.token().get().value();
      if (settings.format() == Format.GOTIFY) {
        headers.put("X-Gotify-Key", token);
      } else {
        headers.put("Authorization", "Bearer " + token);
      }
    }
    headers.putAll(settings.headers());
    return headers;
  }

  private static ImmutableMap<String, String> headers(Map<String, String> own) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.put("Content-Type", "application/json");
    headers.put("User-Agent", "relais-failover-watcher");
    headers.putAll(own);
    headers.forEach(WebChannels::checkHeader);
    return ImmutableMap.copyOf(headers);
  }

  private static void checkHeader(String name, String value) {
    checkArgument(name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+"), "header name '%s'", name);
    checkArgument(
        value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c < 127)),
        "header %s: the value has a character other than printable ASCII",
        name);
  }

  private static byte[] iftttBody(Notice notice) {
    ObjectNode body = NoticeJson.object();
    body.put("value1", notice.title());
    body.put("value2", notice.text());
    body.put("value3", notice.kind().id());
    return NoticeJson.bytes(body);
  }

  /**
   * docs.slack.dev/messaging/sending-messages-using-incoming-webhooks. Without markup, and with the
   * three characters escaped that could be a mention.
   */
  private static byte[] slackBody(Notice notice) {
    ObjectNode body = NoticeJson.object();
    String text = cut(both(notice), 4000);
    body.put("text", text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
    body.put("mrkdwn", false);
    return NoticeJson.bytes(body);
  }

  /**
   * discord.com/developers/docs/resources/webhook#execute-webhook. Nobody is mentioned by chance.
   */
  private static byte[] discordBody(Notice notice) {
    ObjectNode body = NoticeJson.object();
    body.put("content", cut(both(notice), 2000));
    body.putObject("allowed_mentions").putArray("parse");
    return NoticeJson.bytes(body);
  }

  /**
   * docs.ntfy.sh/publish/#publish-as-json. A message of more than 4,096 bytes would become an
   * attachment.
   */
  private static byte[] ntfyBody(String topic, Notice notice) {
    ObjectNode body = NoticeJson.object();
    body.put("topic", topic);
    body.put("title", cut(notice.title(), 200));
    body.put("message", cutBytes(notice.text(), 4096));
    body.put("priority", urgency(notice.kind()));
    return NoticeJson.bytes(body);
  }

  /** gotify.net/docs/pushmsg: priorities from 0 to 10. */
  private static byte[] gotifyBody(Notice notice) {
    ObjectNode body = NoticeJson.object();
    body.put("title", notice.title());
    body.put("message", notice.text());
    body.put("priority", 2 * urgency(notice.kind()) - 2);
    return NoticeJson.bytes(body);
  }

  /** core.telegram.org/bots/api#sendmessage; plain text, so that nothing needs escaping. */
  private static byte[] telegramBody(String chat, Notice notice) {
    ObjectNode body = NoticeJson.object();
    body.put("chat_id", chat);
    body.put("text", cut(both(notice), 4096));
    body.putObject("link_preview_options").put("is_disabled", true);
    return NoticeJson.bytes(body);
  }

  /** From 3, the usual, to 5, which may wake people; ntfy's scale. */
  private static int urgency(Topic kind) {
    return switch (kind) {
      case SWITCHED, SWITCH_FAILED, HALTED, WATCH_DOWN -> 5;
      case RECOVERED, BLIND, CERTIFICATE, REHEARSAL -> 4;
      case SUSPECT, FAILED_BACK, ADDRESS_CHANGED, WATCH_UP, TEST -> 3;
    };
  }

  private static String both(Notice notice) {
    return notice.text().isEmpty() ? notice.title() : notice.title() + "\n" + notice.text();
  }

  /** At most so many UTF-16 units, and no half of a character. */
  static String cut(String text, int longest) {
    if (text.length() <= longest) {
      return text;
    }
    int end = longest - CUT.length();
    return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + CUT;
  }

  private static String cutBytes(String text, int longest) {
    String cut = text;
    for (int over; (over = cut.getBytes(UTF_8).length - longest) > 0; ) {
      cut = cut(text, cut.length() - Math.max(1, over / 3));
    }
    return cut;
  }
}
