package io.relais.failover.state;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import com.fasterxml.jackson.datatype.guava.GuavaModule;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.net.InetAddress;

/** How this package writes JSON: times as text in UTC, durations as text, nothing guessed. */
public final class StateJson {
  public static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .addModule(new GuavaModule())
          .addModule(addresses())
          // What a type says of itself by an "is" method is not part of its form.
          .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  private StateJson() {}

  /**
   * Addresses in figures. Jackson's own way writes the name that an address came from, where it has
   * one, and looks it up when it reads: another address then.
   */
  private static Module addresses() {
    return new SimpleModule("addresses")
        .addSerializer(InetAddress.class, new AddressWriter())
        .addDeserializer(InetAddress.class, new AddressReader());
  }

  private static final class AddressWriter extends StdScalarSerializer<InetAddress> {
    private static final long serialVersionUID = 1L;

    AddressWriter() {
      super(InetAddress.class, false);
    }

    @Override
    public void serialize(InetAddress address, JsonGenerator out, SerializerProvider unused)
        throws IOException {
      out.writeString(InetAddresses.toAddrString(address));
    }
  }

  private static final class AddressReader extends StdScalarDeserializer<InetAddress> {
    private static final long serialVersionUID = 1L;

    AddressReader() {
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
