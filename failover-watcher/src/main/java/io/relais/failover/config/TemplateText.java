package io.relais.failover.config;

import io.relais.common.toml.BadValueException;
import io.relais.failover.notify.Template;

/** The JSON of a webhook, with {@code ${…}} in place of whole strings. */
final class TemplateText {
  private TemplateText() {}

  static String check(String text) throws BadValueException {
    try {
      Template.parse(text);
    } catch (IllegalArgumentException e) {
      throw new BadValueException(String.valueOf(e.getMessage()));
    }
    return text;
  }
}
