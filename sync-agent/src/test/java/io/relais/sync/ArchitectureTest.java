package io.relais.sync;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.Multimaps;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasOwner;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.relais.common.EscapedName;
import io.relais.common.NativePath;
import java.io.File;
import java.lang.foreign.Linker;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(
              "io.relais.sync",
              "io.relais.openssh",
              "io.relais.sftp",
              "io.relais.linux",
              "io.relais.common");

  @Test
  void dependenciesPointOneWay() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage(
            "io.relais.sync..", "io.relais.openssh", "io.relais.sftp", "io.relais.linux")
        .layer("cli")
        .definedBy("io.relais.sync.cli", "io.relais.sync.wiring")
        .layer("engine")
        .definedBy("io.relais.sync.engine")
        .layer("move")
        .definedBy("io.relais.sync.move")
        .layer("scan")
        .definedBy("io.relais.sync.scan")
        .layer("verify")
        .definedBy("io.relais.sync.verify")
        .layer("pull")
        .definedBy("io.relais.sync.pull")
        .layer("certificate")
        .definedBy("io.relais.sync.certificate")
        .layer("status")
        .definedBy("io.relais.sync.status")
        .layer("transfer")
        .definedBy("io.relais.sync.transfer")
        .layer("watch")
        .definedBy("io.relais.sync.watch")
        .layer("watch.directorywatcher")
        .definedBy("io.relais.sync.watch.directorywatcher")
        .layer("watch.poll")
        .definedBy("io.relais.sync.watch.poll")
        .layer("snapshot")
        .definedBy("io.relais.sync.snapshot")
        .layer("source")
        .definedBy("io.relais.sync.source")
        .layer("index")
        .definedBy("io.relais.sync.index")
        .layer("remote")
        .definedBy("io.relais.sync.remote")
        .layer("remote.sftp")
        .definedBy("io.relais.sync.remote.sftp")
        .layer("ssh")
        .definedBy("io.relais.sync.ssh")
        .layer("ssh.keys")
        .definedBy("io.relais.sync.ssh.keys")
        .layer("sftp")
        .definedBy("io.relais.sftp")
        .layer("openssh")
        .definedBy("io.relais.openssh")
        .layer("config")
        .definedBy("io.relais.sync.config")
        .layer("delta")
        .definedBy("io.relais.sync.delta")
        .layer("plan")
        .definedBy("io.relais.sync.plan")
        .layer("guard")
        .definedBy("io.relais.sync.guard")
        .layer("entry")
        .definedBy("io.relais.sync.entry")
        .layer("path")
        .definedBy("io.relais.sync.path")
        .layer("linux")
        .definedBy("io.relais.linux")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("certificate")
        .mayOnlyBeAccessedByLayers("engine")
        .whereLayer("config")
        .mayOnlyBeAccessedByLayers("cli", "engine", "remote.sftp", "ssh", "ssh.keys")
        .whereLayer("delta")
        .mayOnlyBeAccessedByLayers("engine", "index", "remote", "remote.sftp", "transfer")
        .whereLayer("engine")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("guard")
        .mayOnlyBeAccessedByLayers("cli", "config", "engine", "plan", "scan", "status")
        .whereLayer("index")
        .mayOnlyBeAccessedByLayers("cli", "engine", "move", "pull", "scan", "verify")
        .whereLayer("linux")
        .mayOnlyBeAccessedByLayers("source", "watch")
        .whereLayer("move")
        .mayOnlyBeAccessedByLayers("engine")
        .whereLayer("openssh")
        .mayOnlyBeAccessedByLayers("cli", "remote.sftp", "ssh", "ssh.keys")
        .whereLayer("pull")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("remote")
        .mayOnlyBeAccessedByLayers(
            "cli",
            "engine",
            "move",
            "pull",
            "remote.sftp",
            "scan",
            "ssh",
            "ssh.keys",
            "status",
            "transfer",
            "verify")
        .whereLayer("remote.sftp")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("scan")
        .mayOnlyBeAccessedByLayers("engine", "move", "verify")
        .whereLayer("sftp")
        .mayOnlyBeAccessedByLayers("remote.sftp", "ssh")
        .whereLayer("snapshot")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("source")
        .mayOnlyBeAccessedByLayers(
            "certificate",
            "cli",
            "config",
            "engine",
            "move",
            "pull",
            "scan",
            "snapshot",
            "transfer",
            "verify",
            "watch",
            "watch.directorywatcher",
            "watch.poll")
        .whereLayer("ssh")
        .mayOnlyBeAccessedByLayers("remote.sftp")
        .whereLayer("ssh.keys")
        .mayOnlyBeAccessedByLayers("ssh")
        .whereLayer("status")
        .mayOnlyBeAccessedByLayers("cli", "engine", "verify")
        .whereLayer("transfer")
        .mayOnlyBeAccessedByLayers("cli", "engine", "move", "pull", "scan", "status", "verify")
        .whereLayer("verify")
        .mayOnlyBeAccessedByLayers("cli", "engine")
        .whereLayer("watch")
        .mayOnlyBeAccessedByLayers("cli", "engine", "watch.directorywatcher", "watch.poll")
        .whereLayer("watch.directorywatcher")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("watch.poll")
        .mayOnlyBeAccessedByLayers("cli")
        .ensureAllClassesAreContainedInArchitecture()
        .check(CLASSES.that(IN_AGENT));
  }

  private static final DescribedPredicate<JavaClass> IN_AGENT =
      resideInAnyPackage(
          "io.relais.sync..", "io.relais.openssh", "io.relais.sftp", "io.relais.linux");

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
  @CsvSource({
    "io.relais.sync.path, io.relais.sync.path",
    "io.relais.sync.entry, io.relais.sync.path",
    "io.relais.sync.guard, io.relais.sync.path|io.relais.sync.entry",
    "io.relais.sync.plan, io.relais.sync.path|io.relais.sync.entry|io.relais.sync.guard",
    "io.relais.sync.delta, io.relais.sync.delta"
  })
  void whatDecidesIsPure(String home, String below) {
    ArchRuleDefinition.classes()
        .that()
        .resideInAPackage(home)
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                    home,
                    "java..",
                    "com.google.common..",
                    "com.google.errorprone..",
                    "org.jspecify..")
                .or(resideInAnyPackage(below.split("\\|")))
                .or(belongToAnyOf(EscapedName.class, NativePath.class)))
        .check(CLASSES);
  }

  private static final Pattern VAGUE = Pattern.compile("Kind|Result|Look|Found|Said|Part|Answer");

  /** A name that two types bear, or that says nothing by itself, can't be looked up. */
  @Test
  void typesHaveNamesOfTheirOwn() {
    ListMultimap<String, String> byName = ArrayListMultimap.create();
    for (JavaClass each : CLASSES.that(IN_AGENT)) {
      if (each.isTopLevelClass() && !each.getSimpleName().equals("package-info")) {
        byName.put(each.getSimpleName(), each.getName());
      } else if (each.isNestedClass() && VAGUE.matcher(each.getSimpleName()).matches()) {
        byName.putAll(each.getSimpleName(), List.of(each.getName(), "a name that says nothing"));
      }
    }
    assertThat(Multimaps.asMap(byName)).allSatisfy((_, types) -> assertThat(types).hasSize(1));
  }

  @Test
  void onlyOnePackageCallsTheLibraryOfC() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.relais.linux")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Linker.class)
        .check(CLASSES);
  }

  @ParameterizedTest
  @CsvSource({
    "io.relais.openssh, io.relais.openssh",
    "io.relais.sftp, org.apache.sshd..",
  })
  void librariesKnowNothingOfMirrors(String library, String below) {
    ArchRuleDefinition.classes()
        .that()
        .resideInAPackage(library)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            library,
            below,
            "io.relais.common",
            "java..",
            "com.google.common..",
            "com.google.errorprone..",
            "org.jspecify..")
        .check(CLASSES);
  }

  @ParameterizedTest
  @CsvSource({
    "org.apache.sshd.., io.relais.sync.ssh..|io.relais.sftp",
    "io.methvin.., io.relais.sync.watch.directorywatcher",
    "picocli.., io.relais.sync.cli",
    "me.tongfei.., io.relais.sync.wiring",
    "com.fasterxml.jackson.., io.relais.sync.cli|io.relais.sync.wiring|io.relais.common|io.relais.common.heartbeat|io.relais.common.promotion|io.relais.common.control",
    "org.sqlite.., io.relais.sync.index|io.relais.sync.snapshot",
    "java.sql.., io.relais.sync.index|io.relais.sync.snapshot",
    "org.tomlj.., io.relais.common.toml",
    "org.eclipse.jgit.., io.relais.sync.source",
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
