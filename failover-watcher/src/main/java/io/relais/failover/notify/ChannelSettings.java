package io.relais.failover.notify;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import io.relais.common.Secret;
import java.nio.file.Path;
import java.util.Optional;

/** One way to notify the operator. */
public sealed interface ChannelSettings {
  /** For people, unique; never a URL with a key in it. */
  String name();

  /** The kinds it gets; TEST always. */
  ImmutableSet<Notice.Topic> only();

  /**
   * IFTTT's Webhooks service: a POST to {@code /trigger/EVENT/with/key/KEY} with value1 (title),
   * value2 (text) and value3 (kind).
   *
   * @param base {@code https://maker.ifttt.com}, or another for tests and proxies
   */
  record Ifttt(String name, ImmutableSet<Notice.Topic> only, String event, Secret key, String base)
      implements ChannelSettings {}

  /**
   * A request with a body that depends on the format.
   *
   * @param url the whole URL: a secret, since most services put a key in it. ntfy's is the server's
   *     with a topic, or the topic's without; Gotify's with or without {@code /message}; Telegram's
   *     {@code https://api.telegram.org/botTOKEN}, or without {@code /botTOKEN} and with a token
   * @param method in capitals
   * @param template for {@link Format#TEMPLATE}: JSON in which {@code ${title}}, {@code ${text}},
   *     {@code ${kind}}, {@code ${at}} and {@code ${field.NAME}} become JSON strings
   * @param topic of ntfy
   * @param chat of Telegram
   * @param headers in addition to, or instead of, ours; they may hold secrets
   * @param token sent as {@code Authorization: Bearer}; Gotify's as {@code X-Gotify-Key};
   *     Telegram's in the URL
   */
  record Webhook(
      String name,
      ImmutableSet<Notice.Topic> only,
      Secret url,
      String method,
      Format format,
      Optional<String> template,
      Optional<String> topic,
      Optional<String> chat,
      ImmutableMap<String, String> headers,
      Optional<Secret> token)
      implements ChannelSettings {
    /** Without what may be secret: the URL, the headers' values and the template. */
    @Override
    public String toString() {
      return "Webhook[name=" + name + ", format=" + format + ", headers=" + headers.keySet() + "]";
    }
  }

  /** Whose body it is. */
  enum Format {
    SLACK,
    DISCORD,
    NTFY,
    GOTIFY,
    TELEGRAM,
    TEMPLATE
  }

  /**
   * A mail by SMTP.
   *
   * @param login needs STARTTLS or TLS, except to a server on loopback: a password is never sent in
   *     the clear over a network
   * @param from an address, alone or as {@code Name <address>}; so are those in {@code to}
   * @param authorities a PEM file of certificate authorities, in addition to the system's
   */
  record Mail(
      String name,
      ImmutableSet<Notice.Topic> only,
      HostAndPort server,
      Security security,
      Optional<Login> login,
      String from,
      ImmutableList<String> to,
      Optional<Path> authorities)
      implements ChannelSettings {}

  /** How the mail's connection is kept private; STARTTLS and TLS check the certificate. */
  enum Security {
    STARTTLS,
    TLS,
    NONE
  }

  /** For a mail server. */
  record Login(String user, Secret password) {}

  /**
   * A program, with the notice as JSON on its standard input: {@code kind}, {@code key}, {@code
   * title}, {@code text}, {@code at} and {@code fields}. Of the environment it gets the path, the
   * home, the language and the time zone. Exit code 0 is success; any other, and running longer
   * than a delivery may take, means that it is tried again later.
   */
  record Command(String name, ImmutableSet<Notice.Topic> only, ImmutableList<String> command)
      implements ChannelSettings {}
}
