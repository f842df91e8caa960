package io.relais.failover.dns.lookup;

import java.io.IOException;
import java.util.List;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.WireParseException;

/** A name server's reply: parsed, and as it came, which a signature needs (RFC 8945). */
public final class Reply {
  private final Message message;
  private final byte[] wire;

  private Reply(Message message, byte[] wire) {
    this.message = message;
    this.wire = wire;
  }

  /**
   * Parses one.
   *
   * @throws IOException if it is no DNS message
   */
  static Reply parse(byte[] wire) throws IOException {
    try {
      return new Reply(new Message(wire), wire);
    } catch (RuntimeException e) {
      // Whatever a stranger sends must not look like a bug of ours.
      throw new WireParseException("malformed", e);
    }
  }

  public Message message() {
    return message;
  }

  /** The bytes; not to be changed. */
  public byte[] wire() {
    return wire;
  }

  /** Whether it belongs to a query: a late, forged or mixed-up one does not (RFC 5452). */
  boolean answers(Message query) {
    return message.getHeader().getID() == query.getHeader().getID()
        && message.getHeader().getFlag(Flags.QR)
        && message.getHeader().getOpcode() == query.getHeader().getOpcode()
        && repeats(query.getQuestion());
  }

  /**
   * Only the reply to an update, whose signature vouches for it, may leave the zone out (RFC 2136,
   * section 3.8): without the question, 16 bits and a port would be all that there is to guess.
   */
  private boolean repeats(Record asked) {
    List<Record> repeated = message.getSection(Section.QUESTION);
    return repeated.isEmpty()
        ? message.getHeader().getOpcode() == Opcode.UPDATE
        : repeated.size() == 1 && isSame(repeated.getFirst(), asked);
  }

  private static boolean isSame(Record repeated, Record asked) {
    return repeated.getName().equals(asked.getName())
        && repeated.getType() == asked.getType()
        && repeated.getDClass() == asked.getDClass();
  }

  boolean truncated() {
    return message.getHeader().getFlag(Flags.TC);
  }
}
