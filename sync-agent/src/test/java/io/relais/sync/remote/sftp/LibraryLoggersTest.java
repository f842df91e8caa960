package io.relais.sync.remote.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.relais.common.logging.LogSetup;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.apache.sshd.common.util.logging.AbstractLoggingBean;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** What MINA logs in the name of a class of ours does not reach the user. */
final class LibraryLoggersTest {
  @Test
  void whatIsMadeOnTopOfMinaIsSilent() {
    LogSetup.apply(Map.of(), Level.INFO, new PrintStream(OutputStream.nullOutputStream()));
    List<JavaClass> heirs =
        new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.relais.sync")
                .stream()
                .filter(each -> each.isAssignableTo(AbstractLoggingBean.class))
                .filter(each -> !each.getName().contains("Test"))
                .toList();

    assertThat(heirs).isNotEmpty();
    assertThat(heirs)
        .allSatisfy(
            each ->
                assertThat(LoggerFactory.getLogger(each.getName()).isWarnEnabled())
                    .as(each.getName())
                    .isFalse());
  }
}
