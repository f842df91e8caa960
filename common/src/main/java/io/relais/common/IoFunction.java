package io.relais.common;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Makes something of something, by reading or writing; a function that may fail. */
@FunctionalInterface
public interface IoFunction<T extends @Nullable Object, R extends @Nullable Object> {
  R apply(T input) throws IOException;
}
