package io.relais.failover.dyndns;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.io.BaseEncoding;
import io.relais.common.Secret;
import java.security.GeneralSecurityException;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/**
 * A mark by which a password is recognised after a restart. It is made slowly and kept short, so
 * that it says little to who finds it.
 */
final class PasswordMark {
  private static final int ROUNDS = 100_000;
  private static final int BITS = 32;

  private PasswordMark() {}

  static String of(Secret password, String salt) {
    PBEKeySpec spec =
        new PBEKeySpec(password.value().toCharArray(), salt.getBytes(UTF_8), ROUNDS, BITS);
    try {
      byte[] mark =
          SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256").generateSecret(spec).getEncoded();
      return BaseEncoding.base16().lowerCase().encode(mark);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java lacks PBKDF2WithHmacSHA256", e);
    } finally {
      spec.clearPassword();
    }
  }
}
