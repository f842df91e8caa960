package io.relais.failover.dns.rfc2136;

import io.relais.testbed.dns.FakeNameServer;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;

/** A primary of example.org that carries out an update as the test says. */
final class FakePrimary implements FakeNameServer.Behaviour {
  private static final String START =
      "example.org 300 SOA ns1.example.org. hostmaster.example.org. 1 2 3 4 5";

  private final AtomicInteger updates = new AtomicInteger();
  private volatile FakeNameServer.Behaviour data;
  private volatile FakeNameServer.Behaviour onUpdate = FakeNameServer.silent();

  FakePrimary(String record) {
    this.data = FakeNameServer.holding(START, record);
  }

  /** The record that is there from now on. */
  void hold(String record) {
    data = FakeNameServer.holding(START, record);
  }

  void onUpdate(FakeNameServer.Behaviour behaviour) {
    onUpdate = behaviour;
  }

  /** How many it was sent. */
  int updates() {
    return updates.get();
  }

  @Override
  public Optional<Message> reply(Message query, boolean tcp) throws IOException {
    if (query.getHeader().getOpcode() == Opcode.UPDATE) {
      updates.incrementAndGet();
      return onUpdate.reply(query, tcp);
    }
    return data.reply(query, tcp);
  }
}
