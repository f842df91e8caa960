package io.relais.failover.config;

import io.relais.common.Secret;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import java.net.URI;

/** A URL with a key in it: {@code url_file}, or {@code url} where the file itself is private. */
final class SecretUrl {
  private static final String EXAMPLE = "\"/etc/failover-watcher/service.url\"";

  private SecretUrl() {}

  static Setting<Secret> read(TomlSection table, Reading reading) {
    Setting<Secret> inFile = reading.secret(table, "url_file").map(SecretUrl::parse);
    Setting<Secret> written = table.string("url").map(UrlText::secret);
    if (inFile.isPresent() && written.isPresent()) {
      written.problem("both 'url' and 'url_file'; leave one of them out");
    }
    Setting<Secret> url = written.isPresent() ? written : inFile.required(EXAMPLE);
    if (url.value().filter(secret -> UrlText.isOpen(URI.create(secret.value()))).isPresent()) {
      reading.warn(url, "the URL is not https: what is sent, and the key in it, can be read");
    }
    return url;
  }

  private static Secret parse(Secret text) throws BadValueException {
    return UrlText.secret(text.value().strip());
  }
}
