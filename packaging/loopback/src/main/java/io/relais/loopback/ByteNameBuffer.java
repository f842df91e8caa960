package io.relais.loopback;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.charset.Charset;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;

/**
 * An SFTP packet whose strings are bytes, one character each, whatever charset the server asks for.
 * MINA's server decodes names as UTF-8, which loses every name that is none.
 */
final class ByteNameBuffer extends ByteArrayBuffer {
  ByteNameBuffer(byte[] data, int offset, int length) {
    super(data, offset, length);
  }

  @Override
  public String getString(Charset charset) {
    return super.getString(ISO_8859_1);
  }

  @Override
  public void putString(String string, Charset charset) {
    super.putString(string, ISO_8859_1);
  }
}
