package io.relais.failover.dns.rfc2136;

import io.relais.testbed.dns.RealNameServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Against a real BIND. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class UpdatingBindRealTest extends UpdatingServerContract {
  @Override
  RealNameServer start(Path folder) throws IOException {
    return RealNameServer.bind(folder);
  }

  @Override
  String refusal() {
    return "give the key 'reader' the right (BIND";
  }
}
