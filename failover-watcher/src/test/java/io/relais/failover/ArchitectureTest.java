package io.relais.failover;

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
import java.io.File;
import java.nio.file.Files;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.relais.failover", "io.relais.common");

  private static final DescribedPredicate<JavaClass> IN_WATCHER =
      JavaClass.Predicates.resideInAPackage("io.relais.failover..");

  @Test
  void dependenciesPointOneWay() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("io.relais.failover..")
        .layer("cli")
        .definedBy("io.relais.failover.cli", "io.relais.failover.wiring")
        .layer("diagnose")
        .definedBy("io.relais.failover.diagnose")
        .layer("engine")
        .definedBy("io.relais.failover.engine")
        .layer("alerts")
        .definedBy("io.relais.failover.alerts")
        .layer("selfcheck")
        .definedBy("io.relais.failover.selfcheck")
        .layer("observe")
        .definedBy("io.relais.failover.observe")
        .layer("state")
        .definedBy("io.relais.failover.state")
        .layer("config")
        .definedBy("io.relais.failover.config")
        .layer("decide")
        .definedBy("io.relais.failover.decide")
        .layer("promotion")
        .definedBy("io.relais.failover.promotion")
        .layer("dyndns")
        .definedBy("io.relais.failover.dyndns")
        .layer("change")
        .definedBy("io.relais.failover.change")
        .layer("providers")
        .definedBy(
            "io.relais.failover.dns.api",
            "io.relais.failover.dns.cloudflare",
            "io.relais.failover.dns.command",
            "io.relais.failover.dns.ovh",
            "io.relais.failover.dns.rfc2136")
        .layer("lookup")
        .definedBy("io.relais.failover.dns.lookup")
        .layer("address")
        .definedBy("io.relais.failover.address")
        .layer("probe")
        .definedBy("io.relais.failover.probe")
        .layer("notify")
        .definedBy("io.relais.failover.notify")
        .layer("dns")
        .definedBy("io.relais.failover.dns")
        .layer("net")
        .definedBy("io.relais.failover.net")
        .layer("process")
        .definedBy("io.relais.failover.process")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("diagnose")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("engine")
        .mayOnlyBeAccessedByLayers("cli", "diagnose")
        .whereLayer("alerts")
        .mayOnlyBeAccessedByLayers("cli", "diagnose", "engine")
        .whereLayer("selfcheck")
        .mayOnlyBeAccessedByLayers("cli", "diagnose", "engine")
        .whereLayer("observe")
        .mayOnlyBeAccessedByLayers("alerts", "cli", "diagnose", "engine", "selfcheck")
        .whereLayer("state")
        .mayOnlyBeAccessedByLayers("alerts", "cli", "diagnose", "engine", "observe", "selfcheck")
        .whereLayer("config")
        .mayOnlyBeAccessedByLayers(
            "alerts", "cli", "diagnose", "engine", "observe", "promotion", "selfcheck")
        .whereLayer("decide")
        .mayOnlyBeAccessedByLayers(
            "alerts", "change", "cli", "config", "diagnose", "engine", "observe", "state")
        .whereLayer("promotion")
        .mayOnlyBeAccessedByLayers("cli", "diagnose", "engine", "observe")
        .whereLayer("dyndns")
        .mayOnlyBeAccessedByLayers("cli", "config", "engine", "observe", "selfcheck", "state")
        .whereLayer("change")
        .mayOnlyBeAccessedByLayers("alerts", "cli", "diagnose", "engine", "observe", "selfcheck")
        .whereLayer("providers")
        .mayOnlyBeAccessedByLayers("cli", "config")
        .whereLayer("lookup")
        .mayOnlyBeAccessedByLayers("cli", "providers")
        .whereLayer("address")
        .mayOnlyBeAccessedByLayers(
            "cli",
            "config",
            "change",
            "dyndns",
            "diagnose",
            "engine",
            "observe",
            "selfcheck",
            "state")
        .whereLayer("probe")
        .mayOnlyBeAccessedByLayers("alerts", "cli", "config", "diagnose", "observe", "state")
        .whereLayer("notify")
        .mayOnlyBeAccessedByLayers(
            "alerts", "cli", "config", "diagnose", "engine", "observe", "selfcheck", "state")
        .whereLayer("dns")
        .mayOnlyBeAccessedByLayers(
            "address",
            "change",
            "cli",
            "config",
            "diagnose",
            "providers",
            "lookup",
            "dyndns",
            "engine",
            "observe",
            "probe",
            "selfcheck")
        .whereLayer("process")
        .mayOnlyBeAccessedByLayers("providers", "notify", "observe")
        .ensureAllClassesAreContainedInArchitecture()
        .check(CLASSES.that(IN_WATCHER));
  }

  /** access(2), which these ask, leaves out capabilities; of a program to run it is right. */
  @Test
  void nobodyAsksForRightsInsteadOfUsingThem() {
    noClasses()
        .should()
        .callMethodWhere(
            JavaCall.Predicates.target(HasOwner.Predicates.With.owner(type(Files.class)))
                .and(JavaCall.Predicates.target(nameMatching("exists|notExists|isReadable"))))
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

  @Test
  void theDecisionIsPure() {
    ArchRuleDefinition.classes()
        .that()
        .resideInAPackage("io.relais.failover.decide")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.relais.failover.decide",
            "java.lang..",
            "java.util..",
            "java.time..",
            "com.google.common..",
            "com.google.errorprone..",
            "org.jspecify..")
        .check(CLASSES);
  }

  @ParameterizedTest
  @CsvSource({
    "okhttp3.., io.relais.failover.net",
    "okio.., io.relais.failover.net",
    "org.xbill.DNS.., io.relais.failover.dns.lookup|io.relais.failover.dns.rfc2136",
    "jakarta.mail.., io.relais.failover.notify",
    "org.eclipse.angus.., io.relais.failover.notify",
    "picocli.., io.relais.failover.cli",
    "com.fasterxml.jackson..,"
        + " io.relais.failover.cli|io.relais.failover.wiring|io.relais.failover.state|io.relais.failover.selfcheck|io.relais.failover.notify|io.relais.failover.change"
        + "|io.relais.failover.dns.api|io.relais.failover.dns.cloudflare|io.relais.failover.dns.command"
        + "|io.relais.failover.dns.ovh|io.relais.common"
        + "|io.relais.common.heartbeat|io.relais.common.promotion|io.relais.common.control",
    "java.lang.foreign.., io.relais.common.systemd",
    "org.tomlj.., io.relais.common.toml",
    "ch.qos.logback.., io.relais.common.logging"
  })
  void eachForeignLibraryHasItsPackages(String library, String homes) {
    noClasses()
        .that()
        .resideOutsideOfPackages(homes.split("\\|"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(CLASSES);
  }

  @Test
  void onlyTheCommandLineEndsTheProcess() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.relais.failover.cli")
        .and()
        // Without memory nobody else can be told.
        .doNotHaveFullyQualifiedName("io.relais.common.lifecycle.OutOfMemory")
        .should()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "exit", int.class)
        .orShould()
        .callMethod(Runtime.class, "halt", int.class)
        .check(CLASSES);
  }

  private static final Pattern VAGUE = Pattern.compile("Kind|Result|Look|Found|Said|Part|Answer");

  /** A name that two types bear, or that says nothing by itself, can't be looked up. */
  @Test
  void typesHaveNamesOfTheirOwn() {
    ListMultimap<String, String> byName = ArrayListMultimap.create();
    for (JavaClass each : CLASSES.that(IN_WATCHER)) {
      if (each.isTopLevelClass() && !each.getSimpleName().equals("package-info")) {
        byName.put(each.getSimpleName(), each.getName());
      } else if (each.isNestedClass() && VAGUE.matcher(each.getSimpleName()).matches()) {
        byName.putAll(each.getSimpleName(), List.of(each.getName(), "a name that says nothing"));
      }
    }
    assertThat(Multimaps.asMap(byName)).allSatisfy((_, types) -> assertThat(types).hasSize(1));
  }

  @Test
  void noPackageAllowsNullInSilence() throws ClassNotFoundException {
    TreeSet<String> packages = new TreeSet<>();
    CLASSES.that(IN_WATCHER).forEach(found -> packages.add(found.getPackageName()));
    assertThat(packages).hasSizeGreaterThan(10);
    for (String name : packages) {
      Class<?> info = Class.forName(name + ".package-info");
      assertThat(info.isAnnotationPresent(NullMarked.class)).as(name).isTrue();
    }
  }
}
