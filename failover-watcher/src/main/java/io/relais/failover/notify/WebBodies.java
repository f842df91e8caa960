package io.relais.failover.notify;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.relais.failover.notify.Notice.Kind;

/** What each service wants to read, as its documentation says. Lengths are in UTF-16 units. */
final class WebBodies {
  private static final String CUT = "…";

  private WebBodies() {}

  static byte[] ifttt(Notice notice) {
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
  static byte[] slack(Notice notice) {
    ObjectNode body = NoticeJson.object();
    String text = cut(both(notice), 4000);
    body.put("text", text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"));
    body.put("mrkdwn", false);
    return NoticeJson.bytes(body);
  }

  /**
   * discord.com/developers/docs/resources/webhook#execute-webhook. Nobody is mentioned by chance.
   */
  static byte[] discord(Notice notice) {
    ObjectNode body = NoticeJson.object();
    body.put("content", cut(both(notice), 2000));
    body.putObject("allowed_mentions").putArray("parse");
    return NoticeJson.bytes(body);
  }

  /**
   * docs.ntfy.sh/publish/#publish-as-json. A message of more than 4,096 bytes would become an
   * attachment.
   */
  static byte[] ntfy(String topic, Notice notice) {
    ObjectNode body = NoticeJson.object();
    body.put("topic", topic);
    body.put("title", cut(notice.title(), 200));
    body.put("message", cutBytes(notice.text(), 4096));
    body.put("priority", urgency(notice.kind()));
    return NoticeJson.bytes(body);
  }

  /** gotify.net/docs/pushmsg: priorities from 0 to 10. */
  static byte[] gotify(Notice notice) {
    ObjectNode body = NoticeJson.object();
    body.put("title", notice.title());
    body.put("message", notice.text());
    body.put("priority", 2 * urgency(notice.kind()) - 2);
    return NoticeJson.bytes(body);
  }

  /** core.telegram.org/bots/api#sendmessage; plain text, so that nothing needs escaping. */
  static byte[] telegram(String chat, Notice notice) {
    ObjectNode body = NoticeJson.object();
    body.put("chat_id", chat);
    body.put("text", cut(both(notice), 4096));
    body.putObject("link_preview_options").put("is_disabled", true);
    return NoticeJson.bytes(body);
  }

  /** From 3, the usual, to 5, which may wake people; ntfy's scale. */
  static int urgency(Kind kind) {
    return switch (kind) {
      case SWITCHED, SWITCH_FAILED, HALTED, WATCH_DOWN -> 5;
      case RECOVERED, BLIND, CERTIFICATE -> 4;
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
