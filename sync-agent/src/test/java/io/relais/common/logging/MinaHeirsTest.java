package io.relais.common.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.sshd.common.util.logging.AbstractLoggingBean;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

/** {@link LogSetup} knows by name which classes of ours say what MINA says: all of them. */
final class MinaHeirsTest {
  @Test
  void whatMinaSaysInTheNameOfOurClassesIsNotLogged() {
    List<String> heirs =
        new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.relais.sync", "io.relais.sftp")
                .stream()
                .filter(each -> each.isAssignableTo(AbstractLoggingBean.class))
                .map(JavaClass::getName)
                .toList();
    LoggerContext context = new LoggerContext();

    LogSetup.configure(
        context,
        Map.of(),
        Level.INFO,
        Destination.of(Map.of(), Path.of("/proc/self/fd/2")),
        new PrintStream(OutputStream.nullOutputStream()));

    assertThat(heirs).contains("io.relais.sftp.SftpChannel").hasSizeGreaterThan(5);
    assertThat(heirs)
        .allSatisfy(
            each ->
                assertThat(context.getLogger(each).getEffectiveLevel())
                    .isEqualTo(ch.qos.logback.classic.Level.OFF));
  }
}
