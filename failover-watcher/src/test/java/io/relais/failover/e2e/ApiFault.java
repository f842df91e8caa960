package io.relais.failover.e2e;

import io.relais.testbed.provider.OvhFault;
import io.relais.testbed.provider.OvhReply;
import java.util.concurrent.CountDownLatch;

/** What OVH's API answers, or does not, when it should carry out a call. */
enum ApiFault {
  THROTTLED(""),
  SERVER_ERROR(""),
  PROXY_PAGE(""),
  PORTAL_PAGE(""),
  BUSY(""),
  WRONG_TIME(""),
  NO_ANSWER(""),
  CONNECTION_CLOSED(""),
  REPLY_LOST(""),
  APPLIED_LATE(""),
  NOT_GRANTED("ovh-login"),
  INVALID_SIGNATURE("application_secret"),
  KEY_EXPIRED("ovh-login"),
  NO_SUCH_ZONE("one of this account's"),
  SERVICE_EXPIRED("renew it");

  /** What a person is told to do, where only a person can; empty if it goes away by itself. */
  final String advice;

  ApiFault(String advice) {
    this.advice = advice;
  }

  boolean passes() {
    return advice.isEmpty();
  }

  /**
   * For one request, or more.
   *
   * @param late opened when a request that is carried out late is
   */
  OvhFault fault(CountDownLatch late) {
    return switch (this) {
      case THROTTLED ->
          answer(OvhReply.error(429, "TOO_MANY", "Slow down").withHeader("Retry-After", "1"));
      case SERVER_ERROR -> answer(OvhReply.error(500, "INTERNAL_ERROR", "Something failed"));
      case PROXY_PAGE -> answer(OvhReply.of(502, "<html><h1>Bad Gateway</h1></html>"));
      case PORTAL_PAGE -> answer(OvhReply.of(200, "<html><h1>Welcome to the hotel</h1></html>"));
      case BUSY -> answer(OvhReply.classic(409, "Client::Conflict", "A task is in progress"));
      case WRONG_TIME -> answer(OvhReply.error(400, "QUERY_TIME_OUT", "Query out of time"));
      case NO_ANSWER -> new OvhFault.Hang();
      case CONNECTION_CLOSED -> new OvhFault.CloseBefore();
      case REPLY_LOST -> new OvhFault.LoseReply();
      case APPLIED_LATE -> new OvhFault.ApplyLate(late);
      case NOT_GRANTED -> answer(OvhReply.error(403, "NOT_GRANTED_CALL", "This is not granted"));
      case INVALID_SIGNATURE ->
          answer(OvhReply.classic(400, "Client::BadRequest", "Invalid signature"));
      case KEY_EXPIRED ->
          answer(OvhReply.error(403, "INVALID_CREDENTIAL", "This credential is not valid"));
      case NO_SUCH_ZONE ->
          answer(OvhReply.classic(404, "Client::NotFound", "This service does not exist"));
      case SERVICE_EXPIRED ->
          answer(OvhReply.classic(460, "Client::ServiceExpired", "This service is expired"));
    };
  }

  private static OvhFault answer(OvhReply reply) {
    return new OvhFault.Answer(reply);
  }
}
