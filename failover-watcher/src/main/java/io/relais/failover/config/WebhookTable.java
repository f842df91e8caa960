package io.relais.failover.config;

import com.google.common.collect.ImmutableMap;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.notify.ChannelSettings;
import io.relais.failover.notify.ChannelSettings.Format;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** One {@code [[notify.webhook]]} table as it was read. */
record WebhookTable(
    Head head,
    Setting<Secret> url,
    String method,
    Setting<Format> format,
    Options options,
    ImmutableMap<String, Setting<String>> headers,
    Setting<Secret> token)
    implements ChannelTable {
  private static final List<String> METHODS = List.of("POST", "PUT", "PATCH");

  private static final Set<String> SECRET_HEADERS =
      Set.of("authorization", "proxy-authorization", "cookie", "x-gotify-key");

  /** A token of RFC 9110, 5.6.2. */
  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");

  /** What only one format takes. */
  record Options(Setting<String> template, Setting<String> topic, Setting<String> chat) {
    static Options read(TomlSection table, Optional<Format> format) {
      return new Options(
          option(table, "template", format, Format.TEMPLATE, "'{\"text\": ${title}}'")
              .map(TemplateText::check),
          option(table, "topic", format, Format.NTFY, "\"relais\"").map(Names::parse),
          option(table, "chat", format, Format.TELEGRAM, "\"123456\"").map(Names::parse));
    }

    private static Setting<String> option(
        TomlSection table, String key, Optional<Format> format, Format owner, String example) {
      Setting<String> option = table.string(key);
      if (format.equals(Optional.of(owner))) {
        return option.required(example);
      }
      if (option.isPresent() && format.isPresent()) {
        table.problem(
            key,
            "'%s' belongs to format = \"%s\", and this one is \"%s\"; leave it out"
                .formatted(key, word(owner), word(format.get())));
      }
      return option;
    }
  }

  static WebhookTable read(TomlSection table, Reading reading) {
    Setting<Format> format = table.oneOf("format", Format.class).required("\"slack\"");
    return new WebhookTable(
        Head.read(table, format.value().map(WebhookTable::word).orElse("webhook")),
        SecretUrl.read(table, reading),
        table.string("method").map(WebhookTable::method).or("POST"),
        format,
        Options.read(table, format.value()),
        headers(table.table("headers")),
        reading.secret(table, "token_file").map(WebhookTable::token));
  }

  private static String word(Format format) {
    return format.name().toLowerCase(Locale.ROOT);
  }

  private static String method(String text) throws BadValueException {
    if (!METHODS.contains(text)) {
      throw new BadValueException(
          Printable.quoted(text) + " sends no body; write one of " + String.join(", ", METHODS));
    }
    return text;
  }

  private static ImmutableMap<String, Setting<String>> headers(TomlSection table) {
    ImmutableMap.Builder<String, Setting<String>> headers = ImmutableMap.builder();
    for (String name : table.keys()) {
      Setting<String> value = table.string(name).map(WebhookTable::header);
      if (!HEADER.matcher(name).matches()) {
        table.problem(
            name, Printable.quoted(name) + " is no name of a header; write one, as in X-Priority");
      }
      if (SECRET_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
        table.problem(
            name,
            Printable.quoted(name)
                + " holds a secret, which is shown nowhere only if it is in a file; write"
                + " token_file in its place");
      }
      headers.put(name, value);
    }
    return headers.buildOrThrow();
  }

  /** Never repeats the value, which may be a secret. */
  private static String header(String value) throws BadValueException {
    if (value.chars().anyMatch(c -> c < 0x20 || c > 0x7e)) {
      throw new BadValueException(
          "the header's value holds what is not printable ASCII; leave it out");
    }
    return value;
  }

  private static Secret token(Secret written) throws BadValueException {
    String token = written.value().strip();
    if (!token.matches("[\\x21-\\x7e]+")) {
      throw new BadValueException(
          "the file holds more than a token; write only the token into it, on one line");
    }
    return Secret.of(token);
  }

  @Override
  public ChannelSettings toSettings() {
    ImmutableMap.Builder<String, String> values = ImmutableMap.builder();
    headers.forEach((name, value) -> values.put(name, value.get()));
    return new ChannelSettings.Webhook(
        head.name(),
        head.only(),
        url.get(),
        method,
        format.get(),
        options.template.value(),
        options.topic.value(),
        options.chat.value(),
        values.buildOrThrow(),
        token.value());
  }
}
