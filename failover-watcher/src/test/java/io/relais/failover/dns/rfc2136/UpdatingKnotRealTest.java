package io.relais.failover.dns.rfc2136;

import io.relais.testbed.dns.RealNameServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Against a real Knot. */
@Tag("real")
@EnabledIfSystemProperty(named = "relais.realServers", matches = "true")
final class UpdatingKnotRealTest extends UpdatingServerContract {
  @Override
  RealNameServer start(Path folder) throws IOException {
    return RealNameServer.knot(folder);
  }

  @Override
  String refusal() {
    return "the key reader (hmac-sha256), or does not let it do this";
  }
}
