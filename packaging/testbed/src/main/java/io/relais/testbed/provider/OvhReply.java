package io.relais.testbed.provider;

import com.google.common.collect.ImmutableMap;

/**
 * What the simulator answers.
 *
 * @param headers beside Content-Type, which follows from the body
 */
public record OvhReply(int status, String body, ImmutableMap<String, String> headers) {
  /** A success; {@code null} is what many calls answer. */
  static OvhReply ok(String json) {
    return new OvhReply(200, json, ImmutableMap.of());
  }

  /** Anything, as a proxy's page. */
  public static OvhReply of(int status, String body) {
    return new OvhReply(status, body, ImmutableMap.of());
  }

  /** A failure in the shape of today. */
  public static OvhReply error(int status, String code, String message) {
    return of(
        status,
        "{\"errorCode\":\"%s\",\"httpCode\":\"%d Failure\",\"message\":\"%s\"}"
            .formatted(code, status, message));
  }

  /** A failure in the older shape, which is live too. */
  public static OvhReply classic(int status, String className, String message) {
    return of(status, "{\"class\":\"%s\",\"message\":\"%s\"}".formatted(className, message));
  }

  /** A service account's lack of a right. */
  public static OvhReply iam(String action) {
    return of(
        403,
        """
        {"class":"Client::Forbidden","message":"User not granted for this request",\
        "details":{"unauthorizedActionsByIAM":["%s"]}}"""
            .formatted(action));
  }

  public OvhReply withHeader(String name, String value) {
    return new OvhReply(
        status,
        body,
        ImmutableMap.<String, String>builder().putAll(headers).put(name, value).buildKeepingLast());
  }

  String contentType() {
    return body.startsWith("<") ? "text/html" : "application/json; charset=utf-8";
  }
}
