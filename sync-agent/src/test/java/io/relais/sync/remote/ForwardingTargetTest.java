package io.relais.sync.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import org.junit.jupiter.api.Test;

final class ForwardingTargetTest {
  /** What is left to its default is made of the others, which an extending class may override. */
  @Test
  void forwardsEveryMethod() throws NoSuchMethodException {
    for (Method method : SyncTarget.class.getMethods()) {
      if (Modifier.isAbstract(method.getModifiers())) {
        Method forwarded =
            ForwardingTarget.class.getMethod(method.getName(), method.getParameterTypes());
        assertThat(forwarded.getDeclaringClass())
            .as("%s", method)
            .isEqualTo(ForwardingTarget.class);
      }
    }
  }
}
