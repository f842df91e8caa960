package io.relais.sftp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SftpReassemblerTest {
  private static byte[] wire(List<byte[]> packets) {
    ByteArrayOutputStream wire = new ByteArrayOutputStream();
    for (byte[] packet : packets) {
      wire.writeBytes(ByteBuffer.allocate(4).putInt(packet.length).array());
      wire.writeBytes(packet);
    }
    return wire.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 5, 9, 100, 5_000, 100_000})
  void givesTheSamePacketsHoweverTheStreamIsCut(int largestPiece) throws IOException {
    Random random = new Random(largestPiece);
    List<byte[]> packets = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      byte[] packet = new byte[5 + random.nextInt(i % 20 == 0 ? 40_000 : 60)];
      random.nextBytes(packet);
      packets.add(packet);
    }
    byte[] wire = wire(packets);
    List<byte[]> found = new ArrayList<>();
    SftpReassembler reassembler =
        new SftpReassembler(
            packet -> {
              byte[] bytes = new byte[packet.remaining()];
              packet.get(bytes);
              found.add(bytes);
            });
    int at = 0;
    while (at < wire.length) {
      int length = Math.min(1 + random.nextInt(largestPiece), wire.length - at);
      reassembler.feed(wire, at, length);
      at += length;
    }
    assertThat(found).usingElementComparator(Arrays::compare).isEqualTo(packets);
  }

  @Test
  void refusesWhatIsNoPacket() {
    SftpReassembler reassembler = new SftpReassembler(packet -> {});
    assertThatThrownBy(() -> reassembler.feed("This is a shell.".getBytes(US_ASCII), 0, 16))
        .isInstanceOf(SftpConnectionException.class);
    SftpReassembler other = new SftpReassembler(packet -> {});
    assertThatThrownBy(() -> other.feed(new byte[] {0, 0, 0, 4, 1}, 0, 5))
        .isInstanceOf(SftpConnectionException.class);
  }
}
