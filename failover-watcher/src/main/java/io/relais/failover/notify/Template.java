package io.relais.failover.notify;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import io.relais.common.Printable;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * JSON in which {@code ${title}}, {@code ${text}}, {@code ${kind}}, {@code ${key}}, {@code ${at}}
 * and {@code ${field.NAME}} stand for JSON strings with their quotes. A field that a notice has not
 * becomes the empty string. Immutable.
 */
public final class Template {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)(\\}?)");
  private static final Pattern KNOWN =
      Pattern.compile("title|text|kind|key|at|field\\.[A-Za-z0-9_.-]+");

  private final String template;

  private Template(String template) {
    this.template = template;
  }

  /**
   * Checks a template.
   *
   * @throws IllegalArgumentException if it has an unknown placeholder or would not become JSON (the
   *     user's fault; the message says what to write instead, and holds nothing of the rest)
   */
  public static Template parse(String template) {
    PLACEHOLDER.matcher(template).results().forEach(found -> check(found.group(1), found.group(2)));
    String filled = fill(template, name -> name);
    try {
      JsonNode tree = JSON.readTree(filled);
      if (tree == null || tree.isMissingNode()) {
        throw new IllegalArgumentException("the template is empty");
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "the template is not valid JSON"
              + where(e.getLocation())
              + "; ${…} brings its own quotes: write {\"text\": ${title}}");
    }
    return new Template(template);
  }

  private static void check(String name, String brace) {
    if (brace.isEmpty()) {
      throw new IllegalArgumentException("the template has a ${ without its }");
    }
    if (!KNOWN.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "the template's ${"
              + Printable.cut(name, 40)
              + "} is unknown; known are ${title}, ${text}, ${kind}, ${key}, ${at} and"
              + " ${field.NAME}");
    }
  }

  private static String where(JsonLocation at) {
    return at == null ? "" : " near line " + at.getLineNr() + ", column " + at.getColumnNr();
  }

  /** The body for a notice, in UTF-8. */
  byte[] render(Notice notice) {
    return fill(template, name -> value(name, notice)).getBytes(UTF_8);
  }

  private static String value(String name, Notice notice) {
    return switch (name) {
      case "title" -> notice.title();
      case "text" -> notice.text();
      case "kind" -> notice.kind().id();
      case "key" -> notice.key();
      case "at" -> notice.at().toString();
      default -> notice.fields().getOrDefault(name.substring("field.".length()), "");
    };
  }

  private static String fill(String template, UnaryOperator<String> values) {
    return PLACEHOLDER
        .matcher(template)
        .replaceAll(
            found ->
                Matcher.quoteReplacement(
                    TextNode.valueOf(values.apply(found.group(1))).toString()));
  }
}
