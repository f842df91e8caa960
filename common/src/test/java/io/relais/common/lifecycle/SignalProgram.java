package io.relais.common.lifecycle;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A program that says which signals came, until its standard input ends. */
final class SignalProgram {
  private SignalProgram() {}

  public static void main(String[] names) throws IOException {
    // The tests may run under nohup or in a script's background, and then HUP or INT is ignored.
    setDefault(1);
    setDefault(2);
    List<Signals.Restoration> restorations = new ArrayList<>();
    for (String name : names) {
      restorations.add(Signals.on(name, () -> System.out.println(name)));
    }
    System.out.println("ready");
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    while (commands.readLine() != null) {
      restorations.reversed().forEach(Signals.Restoration::close);
      System.out.println("restored");
    }
  }

  private static void setDefault(int signal) {
    Linker linker = Linker.nativeLinker();
    try {
      MemorySegment _ =
          (MemorySegment)
              linker
                  .downcallHandle(
                      linker.defaultLookup().findOrThrow("signal"),
                      FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS))
                  .invokeExact(signal, MemorySegment.NULL);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }
}
