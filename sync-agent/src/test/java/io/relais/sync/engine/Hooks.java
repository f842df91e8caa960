package io.relais.sync.engine;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * Looks at each call of an interface before it is passed on, and may throw. What a method does by
 * default it does through the same hooks.
 */
public interface Hooks {
  void before(String method, Object[] arguments) throws Throwable;

  /** The same object, with a look before each of its methods. */
  static <T> T around(Class<T> type, T inner, Hooks hooks) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, given) -> {
              Object[] arguments = given == null ? new Object[0] : given;
              hooks.before(method.getName(), arguments);
              if (isByDefault(method, inner)) {
                return InvocationHandler.invokeDefault(proxy, method, given);
              }
              try {
                return method.invoke(inner, given);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  /** Whether an object leaves a method as its interface has it. */
  static boolean isByDefault(Method method, Object inner) throws NoSuchMethodException {
    return inner.getClass().getMethod(method.getName(), method.getParameterTypes()).isDefault();
  }
}
