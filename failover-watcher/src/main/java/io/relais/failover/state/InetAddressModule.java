package io.relais.failover.state;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.net.InetAddress;

/**
 * Addresses in figures. Jackson's own way writes the name that an address came from, where it has
 * one, and looks it up when it reads: another address then.
 */
final class InetAddressModule extends SimpleModule {
  private static final long serialVersionUID = 1L;

  InetAddressModule() {
    super("addresses");
    addSerializer(InetAddress.class, new Writer());
    addDeserializer(InetAddress.class, new Reader());
  }

  private static final class Writer extends StdScalarSerializer<InetAddress> {
    private static final long serialVersionUID = 1L;

    Writer() {
      super(InetAddress.class, false);
    }

    @Override
    public void serialize(InetAddress address, JsonGenerator out, SerializerProvider unused)
        throws IOException {
      out.writeString(InetAddresses.toAddrString(address));
    }
  }

  private static final class Reader extends StdScalarDeserializer<InetAddress> {
    private static final long serialVersionUID = 1L;

    Reader() {
      super(InetAddress.class);
    }

    @Override
    public InetAddress deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      String text = in.getText();
      return InetAddresses.isInetAddress(text)
          ? InetAddresses.forString(text)
          : (InetAddress)
              context.handleWeirdStringValue(InetAddress.class, text, "no address in figures");
    }
  }
}
