package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.notify.ChannelSettings;
import io.relais.failover.notify.ChannelSettings.Format;
import io.relais.failover.notify.ChannelSettings.Login;
import io.relais.failover.notify.ChannelSettings.Security;
import io.relais.failover.notify.Notice;
import io.relais.failover.notify.NotifySettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads the {@code [notify]} table with its channels. */
final class NotifyReader {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final Duration GIVE_UP_AFTER = Duration.ofHours(24);
  private static final Duration REPEAT_AFTER = Duration.ofHours(1);
  private static final String IFTTT = "https://maker.ifttt.com";

  private static final Set<String> SECRET_HEADERS =
      Set.of("authorization", "proxy-authorization", "cookie", "x-gotify-key");

  /** A token of RFC 9110, 5.6.2. */
  private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");

  private static final Pattern MAIL_LOCAL_PART =
      Pattern.compile("[^\\s\\p{Cntrl}\"(),:;<>@\\[\\\\\\]]+");

  private final ConfigContext context;

  private NotifyReader(ConfigContext context) {
    this.context = context;
  }

  /** What every channel has. */
  private record Head(
      Setting<String> givenName, String byDefault, ImmutableSet<Notice.Topic> only) {
    /** The kinds that can be chosen; a notice for a test comes always. */
    private static final ImmutableList<String> KINDS =
        Arrays.stream(Notice.Topic.values())
            .filter(kind -> kind != Notice.Topic.TEST)
            .map(kind -> kind.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .collect(toImmutableList());

    static Head read(TomlSection table, String byDefault) {
      Setting<String> name = table.string("name").map(Converters::label);
      ImmutableList<Setting<String>> only =
          Settings.list(
              table.strings("only"), "leave it out for all kinds", Converters.oneOf(KINDS));
      return new Head(
          name,
          byDefault,
          only.isEmpty()
              ? ImmutableSet.copyOf(Notice.Topic.values())
              : kinds(Settings.usable(only)));
    }

    private static ImmutableSet<Notice.Topic> kinds(ImmutableSet<String> words) {
      return Stream.concat(words.stream(), Stream.of("test"))
          .map(word -> Notice.Topic.valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_')))
          .collect(ImmutableSet.toImmutableSet());
    }

    String name() {
      return givenName.or(byDefault);
    }
  }

  /** A channel as it was read. */
  private record Draft(Head head, Supplier<ChannelSettings> settings) {}

  static Supplier<NotifySettings> read(TomlSection table, ConfigContext context) {
    ImmutableList<Draft> channels = new NotifyReader(context).channels(table);
    UniqueValues names = new UniqueValues("give each channel its own 'name'");
    channels.stream()
        .map(Draft::head)
        .sorted(Comparator.comparingInt(head -> head.givenName.line()))
        .forEach(head -> names.add(head.name(), head.givenName));
    if (channels.isEmpty()) {
      context.warn(
          table,
          "nobody is notified of anything; add a channel, as [[notify.mail]] or [[notify.ifttt]]");
    }
    Duration timeout = table.duration("timeout").or(TIMEOUT);
    Duration giveUpAfter = table.duration("give_up_after").or(GIVE_UP_AFTER);
    Duration repeatAfter = table.duration("repeat_after").or(REPEAT_AFTER);
    return () ->
        new NotifySettings(
            Settings.all(channels, Draft::settings), timeout, giveUpAfter, repeatAfter);
  }

  private ImmutableList<Draft> channels(TomlSection table) {
    return Stream.of(
            table.tables("ifttt").stream().map(this::ifttt),
            table.tables("webhook").stream().map(this::webhook),
            table.tables("mail").stream().map(this::mail),
            table.tables("command").stream().map(this::command))
        .flatMap(channels -> channels)
        .collect(toImmutableList());
  }

  private Draft ifttt(TomlSection table) {
    Head head = Head.read(table, "ifttt");
    // It becomes a part of the URL's path.
    Setting<String> event =
        table
            .string("event")
            .required("\"switched\"")
            .map(
                Converters.matching(
                    "[A-Za-z0-9_-]{1,100}",
                    " is not a valid IFTTT event name; use letters, digits, '_' and '-'"));
    Setting<Secret> key =
        context
            .secret(table, "key_file")
            .required("\"/etc/failover-watcher/ifttt.key\"")
            .map(
                Converters.secretMatching(
                    "[A-Za-z0-9_-]+",
                    "the file does not hold an IFTTT key; it must hold only what follows '/use/' in"
                        + " the URL on the Webhooks service's page"));
    String base =
        context
            .httpsUrl(table, "base", "the key in the URL can be read on the way")
            .map(url -> url.toString().replaceAll("/+$", ""))
            .or(IFTTT);
    return new Draft(
        head,
        () -> new ChannelSettings.Ifttt(head.name(), head.only, event.get(), key.get(), base));
  }

  private Draft command(TomlSection table) {
    Setting<ImmutableList<Setting<String>>> written =
        table.strings("command").required("[\"/usr/local/bin/tell-me\"]");
    Head head = Head.read(table, "command");
    ImmutableList<Setting<String>> command = CommandReader.words(written);
    return new Draft(
        head, () -> new ChannelSettings.Command(head.name(), head.only, Settings.all(command)));
  }

  private Draft webhook(TomlSection table) {
    Setting<Format> format = table.oneOf("format", Format.class).required("\"slack\"");
    Optional<Format> known = format.value();
    Head head = Head.read(table, known.map(NotifyReader::word).orElse("webhook"));
    Setting<Secret> url = context.secretUrl(table);
    String method =
        table
            .string("method")
            .map(
                Converters.matching(
                    "POST|PUT|PATCH", " sends no body; write one of POST, PUT, PATCH"))
            .or("POST");
    Setting<String> template =
        option(table, "template", known, Format.TEMPLATE, "'{\"text\": ${title}}'")
            .map(Converters::jsonTemplate);
    Setting<String> topic =
        option(table, "topic", known, Format.NTFY, "\"relais\"").map(Converters::label);
    Setting<String> chat =
        option(table, "chat", known, Format.TELEGRAM, "\"123456\"").map(Converters::label);
    ImmutableMap<String, Setting<String>> headers = headers(table.table("headers"));
    Setting<Secret> token =
        context
            .secret(table, "token_file")
            .map(
                Converters.secretMatching(
                    "[!-~]+",
                    "the file contains more than a token; write only the token into it, on one"
                        + " line"));
    return new Draft(
        head,
        () ->
            new ChannelSettings.Webhook(
                head.name(),
                head.only,
                url.get(),
                method,
                format.get(),
                template.value(),
                topic.value(),
                chat.value(),
                Settings.all(headers),
                token.value()));
  }

  private static String word(Format format) {
    return format.name().toLowerCase(Locale.ROOT);
  }

  /** What only one format takes, and needs. */
  private static Setting<String> option(
      TomlSection table, String key, Optional<Format> format, Format owner, String example) {
    Setting<String> option = table.string(key);
    if (format.equals(Optional.of(owner))) {
      return option.required(example);
    }
    if (option.isPresent() && format.isPresent()) {
      table.problem(
          key,
          "'%s' belongs to format = \"%s\", but this one is \"%s\"; remove it"
              .formatted(key, word(owner), word(format.get())));
    }
    return option;
  }

  private static ImmutableMap<String, Setting<String>> headers(TomlSection table) {
    ImmutableMap.Builder<String, Setting<String>> headers = ImmutableMap.builder();
    for (String name : table.keys()) {
      if (!HEADER.matcher(name).matches()) {
        table.problem(
            name,
            Printable.quoted(name) + " is not a valid header name; write one, as in X-Priority");
      }
      if (SECRET_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
        table.problem(
            name,
            Printable.quoted(name)
                + " holds a secret, which stays hidden only in a file of its own; use token_file"
                + " instead");
      }
      headers.put(name, table.string(name).map(NotifyReader::header));
    }
    return headers.buildOrThrow();
  }

  /** Never repeats the value, which may be a secret. */
  private static String header(String value) throws BadValueException {
    if (value.chars().anyMatch(c -> c < 0x20 || c > 0x7e)) {
      throw new BadValueException(
          "the header's value contains characters that are not printable ASCII; remove them");
    }
    return value;
  }

  private Draft mail(TomlSection table) {
    Security security = table.oneOf("security", Security.class).or(Security.STARTTLS);
    Head head = Head.read(table, "mail");
    Setting<HostAndPort> server =
        table
            .string("server")
            .required("\"smtp.example.org:587\"")
            .map(Converters.hostWithPort(mailPort(security)));
    Setting<String> user = table.string("user").map(Converters::label);
    Setting<Secret> password = context.secret(table, "password_file");
    Setting<String> from =
        table.string("from").required("\"watcher@example.org\"").map(NotifyReader::mailAddress);
    ImmutableList<Setting<String>> to =
        Settings.uniqueList(
            table.strings("to").required("[\"me@example.org\"]"),
            "add an address, as in [\"me@example.org\"]",
            NotifyReader::mailAddress);
    Setting<Path> authorities = context.authorities(table, "ca_file");
    checkLogin(user, password, security, server.value());
    return new Draft(
        head,
        () ->
            new ChannelSettings.Mail(
                head.name(),
                head.only,
                server.get(),
                security,
                user.value().map(name -> new Login(name, password.get())),
                from.get(),
                Settings.all(to),
                authorities.value()));
  }

  /** RFC 6409 (submission), RFC 8314 (implicit TLS), RFC 5321. */
  private static int mailPort(Security security) {
    return switch (security) {
      case STARTTLS -> 587;
      case TLS -> 465;
      case NONE -> 25;
    };
  }

  private static String mailAddress(String text) throws BadValueException {
    int at = text.lastIndexOf('@');
    if (at < 1 || !MAIL_LOCAL_PART.matcher(text.substring(0, at)).matches()) {
      throw new BadValueException(
          Printable.quoted(text)
              + " is not a mail address; write only the address, as in \"me@example.org\"");
    }
    return text.substring(0, at) + "@" + Converters.hostName(text.substring(at + 1));
  }

  private static void checkLogin(
      Setting<String> user,
      Setting<Secret> password,
      Security security,
      Optional<HostAndPort> server) {
    if (user.isPresent() != password.isPresent()) {
      (user.isPresent() ? user : password)
          .problem(
              "a login needs both 'user' and 'password_file'; add "
                  + (user.isPresent() ? "password_file" : "user")
                  + ", or remove both");
    }
    boolean local = server.map(HostAndPort::getHost).map(NotifyReader::isLocal).orElse(true);
    if (security == Security.NONE && user.isPresent() && !local) {
      user.problem(
          "a password is never sent in the clear, which security = \"none\" would do; use security"
              + " = \"starttls\" or \"tls\", or remove user and password_file");
    }
  }

  private static boolean isLocal(String host) {
    return host.equals("localhost")
        || (InetAddresses.isInetAddress(host) && InetAddresses.forString(host).isLoopbackAddress());
  }
}
