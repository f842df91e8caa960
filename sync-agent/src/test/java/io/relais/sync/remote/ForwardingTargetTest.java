package io.relais.sync.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import org.junit.jupiter.api.Test;

final class ForwardingTargetTest {
  /** One that was left to its default would leave out what the target behind it does. */
  @Test
  void forwardsEveryMethod() throws NoSuchMethodException {
    for (Method method : SyncTarget.class.getMethods()) {
      if (!Modifier.isStatic(method.getModifiers())) {
        Method forwarded =
            ForwardingTarget.class.getMethod(method.getName(), method.getParameterTypes());
        assertThat(forwarded.getDeclaringClass())
            .as("%s", method)
            .isEqualTo(ForwardingTarget.class);
      }
    }
  }
}
