package io.relais.sync;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasOwner;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import java.io.File;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.relais.sync", "io.relais.common");

  @Test
  void dependenciesPointOneWay() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("io.relais.sync..")
        .layer("cli")
        .definedBy("io.relais.sync.cli")
        .layer("engine")
        .definedBy("io.relais.sync.engine")
        .layer("transfer")
        .definedBy("io.relais.sync.transfer")
        .layer("sftp")
        .definedBy("io.relais.sync.target.sftp")
        .layer("target")
        .definedBy("io.relais.sync.target")
        .layer("watch")
        .definedBy("io.relais.sync.watch")
        .layer("scan")
        .definedBy("io.relais.sync.scan")
        .layer("snapshot")
        .definedBy("io.relais.sync.snapshot")
        .layer("index")
        .definedBy("io.relais.sync.index")
        .layer("delta")
        .definedBy("io.relais.sync.delta")
        .layer("config")
        .definedBy("io.relais.sync.config")
        .layer("openssh")
        .definedBy("io.relais.sync.openssh")
        .layer("plan")
        .definedBy("io.relais.sync.plan")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("engine")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("transfer")
        .mayOnlyBeAccessedByLayers("cli", "engine")
        .whereLayer("sftp")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("target")
        .mayOnlyBeAccessedByLayers("cli", "engine", "transfer", "sftp")
        .whereLayer("watch")
        .mayOnlyBeAccessedByLayers("cli", "engine")
        .whereLayer("scan")
        .mayOnlyBeAccessedByLayers("cli", "engine", "transfer", "config", "watch", "snapshot")
        .whereLayer("snapshot")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("index")
        .mayOnlyBeAccessedByLayers("cli", "engine")
        .whereLayer("delta")
        .mayOnlyBeAccessedByLayers("engine", "transfer", "index", "target", "sftp")
        .whereLayer("config")
        .mayOnlyBeAccessedByLayers("cli", "engine", "sftp")
        .whereLayer("openssh")
        .mayOnlyBeAccessedByLayers("cli", "sftp")
        .ensureAllClassesAreContainedInArchitecture()
        .check(CLASSES.that(IN_AGENT));
  }

  private static final DescribedPredicate<JavaClass> IN_AGENT =
      JavaClass.Predicates.resideInAPackage("io.relais.sync..");

  /** access(2), which these ask, leaves out the capabilities that the service has. */
  @Test
  void nobodyAsksForRightsInsteadOfUsingThem() {
    noClasses()
        .should()
        .callMethodWhere(
            JavaCall.Predicates.target(HasOwner.Predicates.With.owner(type(Files.class)))
                .and(
                    JavaCall.Predicates.target(
                        nameMatching("exists|notExists|isReadable|isExecutable"))))
        .orShould()
        .callMethodWhere(
            JavaCall.Predicates.target(HasOwner.Predicates.With.owner(type(File.class)))
                .and(JavaCall.Predicates.target(nameMatching("can[A-Z].*"))))
        .because("FileAccess says it for a service with CAP_DAC_READ_SEARCH too")
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.relais.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"io.relais.sync.plan", "io.relais.sync.delta"})
  void whatDecidesIsPure(String home) {
    ArchRuleDefinition.classes()
        .that()
        .resideInAPackage(home)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            home, "java..", "com.google.common..", "com.google.errorprone..", "org.jspecify..")
        .check(CLASSES);
  }

  @Test
  void theReaderOfOpenSshsFilesKnowsNothingOfMirrors() {
    ArchRuleDefinition.classes()
        .that()
        .resideInAPackage("io.relais.sync.openssh")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.relais.sync.openssh",
            "io.relais.common",
            "java..",
            "com.google.common..",
            "com.google.errorprone..",
            "org.jspecify..")
        .check(CLASSES);
  }

  @ParameterizedTest
  @CsvSource({
    "org.apache.sshd.., io.relais.sync.target.sftp",
    "io.methvin.., io.relais.sync.watch",
    "picocli.., io.relais.sync.cli",
    "me.tongfei.., io.relais.sync.cli",
    "com.fasterxml.jackson.., io.relais.sync.cli|io.relais.common.heartbeat",
    "org.sqlite.., io.relais.sync.index|io.relais.sync.snapshot",
    "java.sql.., io.relais.sync.index|io.relais.sync.snapshot",
    "org.tomlj.., io.relais.common.toml",
    "org.eclipse.jgit.., io.relais.sync.scan",
    "ch.qos.logback.., io.relais.common.logging"
  })
  void eachForeignLibraryHasItsPackage(String library, String home) {
    noClasses()
        .that()
        .resideOutsideOfPackages(home.split("\\|"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(CLASSES);
  }
}
