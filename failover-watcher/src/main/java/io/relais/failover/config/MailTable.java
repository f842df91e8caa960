package io.relais.failover.config;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.relais.common.Printable;
import io.relais.common.Secret;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.notify.ChannelSettings;
import io.relais.failover.notify.ChannelSettings.Login;
import io.relais.failover.notify.ChannelSettings.Security;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** One {@code [[notify.mail]]} table as it was read. */
record MailTable(
    Head head,
    Setting<HostAndPort> server,
    Security security,
    Setting<String> user,
    Setting<Secret> password,
    Setting<String> from,
    ImmutableList<Setting<String>> to,
    Setting<Path> authorities)
    implements ChannelTable {
  private static final Pattern LOCAL_PART =
      Pattern.compile("[^\\s\\p{Cntrl}\"(),:;<>@\\[\\\\\\]]+");

  static MailTable read(TomlSection table, Reading reading) {
    Security security = table.oneOf("security", Security.class).or(Security.STARTTLS);
    MailTable mail =
        new MailTable(
            Head.read(table, "mail"),
            table
                .string("server")
                .required("\"smtp.example.org:587\"")
                .map(HostPortText.withDefault(port(security))),
            security,
            table.string("user").map(Names::parse),
            reading.secret(table, "password_file"),
            table.string("from").required("\"watcher@example.org\"").map(MailTable::address),
            to(table),
            reading.authorities(table, "ca_file"));
    mail.checkLogin();
    return mail;
  }

  /** RFC 6409 (submission), RFC 8314 (implicit TLS), RFC 5321. */
  private static int port(Security security) {
    return switch (security) {
      case STARTTLS -> 587;
      case TLS -> 465;
      case NONE -> 25;
    };
  }

  private static ImmutableList<Setting<String>> to(TomlSection table) {
    Unique unique = new Unique("leave one of them out");
    Setting<ImmutableList<Setting<String>>> list =
        table.strings("to").required("[\"me@example.org\"]");
    return Names.filled(list, "add an address, as in [\"me@example.org\"]").stream()
        .map(text -> unique.add(text.map(MailTable::address)))
        .collect(toImmutableList());
  }

  private static String address(String text) throws BadValueException {
    int at = text.lastIndexOf('@');
    if (at < 1 || !LOCAL_PART.matcher(text.substring(0, at)).matches()) {
      throw new BadValueException(
          Printable.quoted(text) + " is no mail address; write it alone, as in \"me@example.org\"");
    }
    return text.substring(0, at) + "@" + HostText.name(text.substring(at + 1));
  }

  private void checkLogin() {
    if (user.isPresent() != password.isPresent()) {
      (user.isPresent() ? user : password)
          .problem(
              "a login needs both 'user' and 'password_file'; add "
                  + (user.isPresent() ? "password_file" : "user")
                  + ", or leave both out");
    }
    if (security == Security.NONE && user.isPresent() && !isLocal()) {
      user.problem(
          "with security = \"none\" the password would be sent in the clear, so it never is; write"
              + " security = \"starttls\" or \"tls\", or leave user and password_file out");
    }
  }

  private boolean isLocal() {
    String host = server.value().map(HostAndPort::getHost).orElse("localhost");
    return host.equals("localhost")
        || (InetAddresses.isInetAddress(host) && InetAddresses.forString(host).isLoopbackAddress());
  }

  @Override
  public ChannelSettings toSettings() {
    return new ChannelSettings.Mail(
        head.name(),
        head.only(),
        server.get(),
        security,
        user.isPresent() ? Optional.of(new Login(user.get(), password.get())) : Optional.empty(),
        from.get(),
        Names.all(to),
        authorities.value());
  }
}
