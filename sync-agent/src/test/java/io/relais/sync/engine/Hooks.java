package io.relais.sync.engine;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/** Looks at each call of an interface before it is passed on, and may throw. */
interface Hooks {
  void before(String method, Object[] arguments) throws Throwable;

  /** The same object, with a look before each of its methods. */
  static <T> T around(Class<T> type, T inner, Hooks hooks) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, given) -> {
              Object[] arguments = given == null ? new Object[0] : given;
              hooks.before(method.getName(), arguments);
              try {
                return method.invoke(inner, given);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
