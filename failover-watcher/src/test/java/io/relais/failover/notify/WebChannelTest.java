package io.relais.failover.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableMap;
import io.relais.common.Secret;
import io.relais.failover.net.JdkHttpCaller;
import io.relais.failover.notify.ChannelSettings.Format;
import io.relais.failover.notify.ChannelSettings.Ifttt;
import io.relais.failover.notify.ChannelSettings.Webhook;
import io.relais.failover.notify.Notice.Topic;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WebChannelTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String KEY = "s3cretKeyOfThisChannel";

  private final RecordingWebServer recorder;

  WebChannelTest() throws Exception {
    recorder = new RecordingWebServer();
  }

  @AfterEach
  void close() {
    recorder.close();
  }

  private Webhook webhook(Format format, String path) {
    return new Webhook(
        "hook",
        Notices.ALL,
        Secret.of(recorder.url() + path),
        "POST",
        format,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        ImmutableMap.of(),
        Optional.empty());
  }

  private static Webhook with(Webhook w, String topic, String chat, String token) {
    return new Webhook(
        w.name(),
        w.only(),
        w.url(),
        w.method(),
        w.format(),
        w.template(),
        Optional.ofNullable(topic.isEmpty() ? null : topic),
        Optional.ofNullable(chat.isEmpty() ? null : chat),
        w.headers(),
        token.isEmpty() ? Optional.empty() : Optional.of(Secret.of(token)));
  }

  private Webhook template(String template, String method, ImmutableMap<String, String> headers) {
    return new Webhook(
        "hook",
        Notices.ALL,
        Secret.of(recorder.url() + "/in"),
        method,
        Format.TEMPLATE,
        Optional.of(template),
        Optional.empty(),
        Optional.empty(),
        headers,
        Optional.of(Secret.of(KEY)));
  }

  private RecordingWebServer.Request sent(ChannelSettings settings, Notice notice)
      throws Exception {
    channel(settings, Duration.ofSeconds(20)).send("id", notice);
    assertThat(recorder.requests()).hasSize(1);
    return recorder.requests().getFirst();
  }

  private static Channel channel(ChannelSettings settings, Duration timeout) {
    return Channel.of(settings, new JdkHttpCaller(), timeout);
  }

  private static void assertJson(String actual, String expected) throws Exception {
    assertThat(JSON.readTree(actual)).isEqualTo(JSON.readTree(expected));
  }

  @Test
  void postsThreeValuesToTheEventAndKeyOfIfttt() throws Exception {
    Ifttt ifttt = new Ifttt("ifttt", Notices.ALL, "site switched", Secret.of(KEY), recorder.url());
    RecordingWebServer.Request request = sent(ifttt, Notices.switched());
    assertThat(request.method()).isEqualTo("POST");
    assertThat(request.path()).isEqualTo("/trigger/site%20switched/with/key/" + KEY);
    assertThat(request.headers().getFirst("Content-Type")).isEqualTo("application/json");
    assertJson(
        request.body(),
        """
        {"value1": "Moved \\"www\\" <&>", "value2": "Line one\\nLine two: é", "value3": "switched"}
        """);
  }

  @Test
  void writesSlacksTextWithItsThreeCharactersEscaped() throws Exception {
    RecordingWebServer.Request request =
        sent(webhook(Format.SLACK, "/services/T/B/X"), Notices.switched());
    assertThat(request.path()).isEqualTo("/services/T/B/X");
    assertJson(
        request.body(),
        """
        {"text": "Moved \\"www\\" &lt;&amp;&gt;\\nLine one\\nLine two: é", "mrkdwn": false}
        """);
  }

  @Test
  void writesDiscordsContentWithoutMentions() throws Exception {
    RecordingWebServer.Request request =
        sent(webhook(Format.DISCORD, "/api/webhooks/1/x"), Notices.switched());
    assertJson(
        request.body(),
        """
        {"content": "Moved \\"www\\" <&>\\nLine one\\nLine two: é", "allowed_mentions": {"parse": []}}
        """);
  }

  @ParameterizedTest
  @CsvSource({"DISCORD, content, 2000", "TELEGRAM, text, 4096"})
  void cutsWhatIsLongerThanTheServiceTakes(Format format, String field, int limit)
      throws Exception {
    Notice notice = Notices.switched().withTitle("😀".repeat(5000));
    Webhook hook = with(webhook(format, "/botTOKEN"), "", "42", "");
    String text = JSON.readTree(sent(hook, notice).body()).path(field).asText();
    assertThat(text).hasSizeBetween(limit - 2, limit).endsWith("😀…");
  }

  @ParameterizedTest
  @CsvSource({"/, relais", "/relais, ''", "/relais/, ''"})
  void publishesToNtfysRootAsJson(String path, String topic) throws Exception {
    Webhook hook = with(webhook(Format.NTFY, path), topic, "", KEY);
    RecordingWebServer.Request request = sent(hook, Notices.switched());
    assertThat(request.path()).isEqualTo("/");
    assertThat(request.headers().getFirst("Authorization")).isEqualTo("Bearer " + KEY);
    assertJson(
        request.body(),
        """
        {"topic": "relais", "title": "Moved \\"www\\" <&>", "message": "Line one\\nLine two: é",
         "priority": 5}
        """);
  }

  @Test
  void keepsNtfysMessageUnderItsLimitInBytes() throws Exception {
    Notice long_ =
        new Notice(Topic.BLIND, "k", "t", "é".repeat(4000), Notices.AT, ImmutableMap.of());
    String body = sent(webhook(Format.NTFY, "/relais"), long_).body();
    assertThat(JSON.readTree(body).path("priority").asInt()).isEqualTo(4);
    assertThat(
            JSON.readTree(body)
                .path("message")
                .asText()
                .getBytes(java.nio.charset.StandardCharsets.UTF_8))
        .hasSizeBetween(4000, 4096);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/message"})
  void pushesToGotifyWithItsOwnHeader(String path) throws Exception {
    RecordingWebServer.Request request =
        sent(with(webhook(Format.GOTIFY, path), "", "", KEY), Notices.switched());
    assertThat(request.path()).isEqualTo("/message");
    assertThat(request.headers().getFirst("X-Gotify-Key")).isEqualTo(KEY);
    assertThat(request.headers().getFirst("Authorization")).isNull();
    assertJson(
        request.body(),
        """
        {"title": "Moved \\"www\\" <&>", "message": "Line one\\nLine two: é", "priority": 8}
        """);
  }

  @ParameterizedTest
  @CsvSource({"/bot12:AB, ''", "/bot12:AB/sendMessage, ''", "'', 12:AB"})
  void sendsPlainTextToTelegramsChat(String path, String token) throws Exception {
    RecordingWebServer.Request request =
        sent(with(webhook(Format.TELEGRAM, path), "", "-1001", token), Notices.switched());
    assertThat(request.path()).isEqualTo("/bot12:AB/sendMessage");
    assertThat(request.headers().getFirst("Authorization")).isNull();
    assertJson(
        request.body(),
        """
        {"chat_id": "-1001", "text": "Moved \\"www\\" <&>\\nLine one\\nLine two: é",
         "link_preview_options": {"is_disabled": true}}
        """);
  }

  @Test
  void fillsATemplateAndSendsItsMethodHeadersAndToken() throws Exception {
    Webhook hook =
        template(
            "{\"t\": ${title}, \"x\": [${text}, ${kind}, ${at}, ${field.address}, ${field.none}]}",
            "PUT",
            ImmutableMap.of("X-Priority", "5", "content-type", "application/vnd.x+json"));
    RecordingWebServer.Request request = sent(hook, Notices.switched());
    assertThat(request.method()).isEqualTo("PUT");
    assertThat(request.headers().getFirst("X-Priority")).isEqualTo("5");
    assertThat(request.headers().get("Content-Type")).containsExactly("application/vnd.x+json");
    assertThat(request.headers().getFirst("Authorization")).isEqualTo("Bearer " + KEY);
    assertJson(
        request.body(),
        """
        {"t": "Moved \\"www\\" <&>", "x": ["Line one\\nLine two: é", "switched",
         "2026-11-23T04:00:00Z", "198.51.100.20", ""]}
        """);
  }

  private DeliveryException refused(ChannelSettings settings) {
    return catchThrowableOfType(
        DeliveryException.class,
        () -> channel(settings, Duration.ofSeconds(20)).send("id", Notices.switched()));
  }

  @ParameterizedTest
  @CsvSource({
    "400, true",
    "401, true",
    "403, true",
    "404, true",
    "410, true",
    "413, true",
    "408, false",
    "429, false",
    "500, false",
    "502, false",
    "503, false",
    "301, false",
    "307, false"
  })
  void tellsWhatWillNeverWorkFromWhatMay(int status, boolean permanent) {
    recorder.answer(status, Map.of(), "");
    DeliveryException failure = refused(webhook(Format.SLACK, "/services/" + KEY));
    assertThat(failure.isPermanent()).isEqualTo(permanent);
    assertThat(failure).hasMessageContaining("answered " + status).hasMessageNotContaining(KEY);
  }

  @Test
  void doesNotFollowARedirectNorTellItsPath() {
    recorder.answer(302, Map.of("Location", "http://127.0.0.2:1/" + KEY), "");
    DeliveryException failure = refused(webhook(Format.SLACK, "/" + KEY));
    assertThat(failure).hasMessageContaining("redirect to 127.0.0.2").hasMessageNotContaining(KEY);
    assertThat(recorder.requests()).hasSize(1);
  }

  @Test
  void obeysRetryAfterAsHeaderDateOrField() {
    recorder.answer(429, Map.of("Retry-After", "17"), "");
    recorder.answer(503, Map.of("Retry-After", "Mon, 23 Nov 2099 04:10:00 GMT"), "");
    recorder.answer(429, Map.of(), "{\"ok\":false,\"parameters\":{\"retry_after\":5}}");
    recorder.answer(429, Map.of(), "{\"message\":\"limited\",\"retry_after\":0.25}");
    Webhook hook = webhook(Format.DISCORD, "/x");
    assertThat(refused(hook).retryAfter()).contains(Duration.ofSeconds(17));
    assertThat(refused(hook).retryAfter()).get().matches(Duration::isPositive);
    assertThat(refused(hook).retryAfter()).contains(Duration.ofSeconds(5));
    assertThat(refused(hook).retryAfter()).contains(Duration.ofMillis(250));
  }

  @Test
  void showsTheReasonButNoKeyThatItRepeats() {
    recorder.answer(403, Map.of(), "{\"description\":\"bot " + KEY + " was blocked\"}");
    recorder.answer(404, Map.of(), "<html>/services/" + KEY + " not found</html>");
    recorder.answer(403, Map.of(), "invalid_token");
    Webhook hook = webhook(Format.SLACK, "/services/" + KEY);
    assertThat(refused(hook)).hasMessageContaining("(bot *** was blocked)");
    assertThat(refused(hook)).hasMessageNotContaining("html").hasMessageNotContaining(KEY);
    assertThat(refused(hook)).hasMessageContaining("(invalid_token)");
  }

  @Test
  void givesUpWaitingForAServerThatHangs() {
    recorder.hang();
    Channel channel = channel(webhook(Format.SLACK, "/" + KEY), Duration.ofMillis(200));
    DeliveryException failure =
        catchThrowableOfType(DeliveryException.class, () -> channel.send("id", Notices.switched()));
    assertThat(failure.isPermanent()).isFalse();
    assertThat(failure).hasMessageContaining("no answer in time").hasMessageNotContaining(KEY);
  }

  @Test
  void hidesSecretsInTheSettingsText() {
    Webhook hook = template("{\"k\": \"" + KEY + "\"}", "POST", ImmutableMap.of("X-Key", KEY));
    Ifttt ifttt = new Ifttt("ifttt", Notices.ALL, "e", Secret.of(KEY), "https://maker.ifttt.com");
    assertThat(hook + " " + ifttt).contains("X-Key").doesNotContain(KEY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"not a url/" + KEY, "ftp://host/" + KEY, "/" + KEY, "https:///" + KEY})
  void refusesAMalformedUrlWithoutShowingIt(String url) {
    Webhook hook =
        new Webhook(
            "hook",
            Notices.ALL,
            Secret.of(url),
            "POST",
            Format.SLACK,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            ImmutableMap.of(),
            Optional.empty());
    assertThatThrownBy(() -> Notifier.check(hook))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'hook'")
        .hasMessageNotContaining(KEY)
        .rootCause()
        .hasMessageNotContaining(KEY);
  }

  @Test
  void refusesSettingsThatCanNeverWork() {
    assertRefused(with(webhook(Format.TELEGRAM, "/botX"), "", "", ""), "chat");
    assertRefused(with(webhook(Format.TELEGRAM, ""), "", "1", ""), "token");
    assertRefused(webhook(Format.NTFY, "/"), "topic");
    assertRefused(webhook(Format.TEMPLATE, "/"), "template");
    assertRefused(template("{}", "GET", ImmutableMap.of()), "GET");
    assertRefused(template("{}", "POST", ImmutableMap.of("X-A", "b\r\nX-C: d")), "X-A");
    assertRefused(template("{}", "POST", ImmutableMap.of("X A", "b")), "X A");
  }

  private static void assertRefused(ChannelSettings settings, String why) {
    assertThatThrownBy(() -> Notifier.check(settings))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }
}
