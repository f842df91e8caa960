package io.relais.common;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Gets something, by reading or writing; a supplier that may fail. */
@FunctionalInterface
public interface IoSupplier<T extends @Nullable Object> {
  T get() throws IOException;
}
