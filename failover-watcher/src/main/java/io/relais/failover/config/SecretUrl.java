package io.relais.failover.config;

import io.relais.common.Secret;
import io.relais.common.toml.BadValueException;
import io.relais.common.toml.Setting;
import io.relais.common.toml.TomlSection;
import io.relais.failover.net.PlainHttp;
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
    boolean allowed = Reading.allowsHttp(table);
    reading.requireUnexposed(written);
    if (url.value()
        .map(Secret::value)
        .map(URI::create)
        .filter(PlainHttp::leavesThisMachine)
        .isPresent()) {
      reading.inTheClear(
          url, "the URL", "what is sent, and the key in it, can be read on the way", allowed);
    }
    return url;
  }

  private static Secret parse(Secret text) throws BadValueException {
    return UrlText.secret(text.value().strip());
  }
}
