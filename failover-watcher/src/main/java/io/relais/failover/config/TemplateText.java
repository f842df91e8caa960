package io.relais.failover.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.relais.common.Printable;
import io.relais.common.toml.BadValueException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The JSON of a webhook, with {@code ${…}} in place of whole strings. */
final class TemplateText {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)\\}");
  private static final Pattern KNOWN =
      Pattern.compile("title|text|kind|at|field\\.[A-Za-z0-9_.-]{1,60}");
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private TemplateText() {}

  static String check(String text) throws BadValueException {
    Matcher placeholder = PLACEHOLDER.matcher(text);
    while (placeholder.find()) {
      if (!KNOWN.matcher(placeholder.group(1)).matches()) {
        throw new BadValueException(
            Printable.quoted(placeholder.group())
                + " is unknown; write ${title}, ${text}, ${kind}, ${at} or ${field.NAME}");
      }
    }
    try {
      if (JSON.readTree(placeholder.replaceAll("\"\"")).isMissingNode()) {
        throw notJson();
      }
    } catch (JacksonException e) {
      throw notJson();
    }
    return text;
  }

  private static BadValueException notJson() {
    return new BadValueException(
        "this is no JSON; a placeholder becomes a whole string: write {\"text\": ${title}}, without"
            + " quotes or other text around it");
  }
}
