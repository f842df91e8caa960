package io.relais.failover.dns.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.relais.failover.dns.Check;
import io.relais.failover.dns.Check.Status;
import io.relais.failover.dns.DnsProviderException;
import io.relais.failover.dns.DnsProviderException.Cause;
import io.relais.failover.dns.RecordKey;
import io.relais.failover.dns.RecordType;
import io.relais.failover.dns.RrSet;
import io.relais.failover.dns.ZoneChange;
import io.relais.failover.dns.ZoneChange.Replacement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the program's answer means, or that there is none. */
final class CommandZoneTest {
  private static final String ZONE = "example.org";
  private static final RecordKey WWW = new RecordKey("www.example.org", RecordType.A);
  private static final RrSet PRODUCTION =
      RrSet.of(WWW, Duration.ofHours(1), List.of("203.0.113.10"));
  private static final RrSet BACKUP =
      RrSet.of(WWW, Duration.ofMinutes(1), List.of("198.51.100.20"));
  private static final String LISTED =
      "{\"version\":1,\"records\":[{\"name\":\"www.example.org\",\"type\":\"A\",\"ttl\":3600,"
          + "\"value\":\"203.0.113.10\"}]}";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          permanent   | REFUSED
          temporary   | RETRY
          unknown     | RETRY
          conflict    | CONFLICT
          unsupported | REFUSED
          weird       | RETRY
          """)
  void takesTheProgramsWordForTheKindOfAnError(String kind, Cause expected) throws Exception {
    for (int exit : new int[] {0, 1, 77}) {
      DnsProviderException e =
          failure(
              "echo '{\"version\":1,\"error\":{\"kind\":\"" + kind + "\",\"message\":\"m\"}}'",
              "exit " + exit);

      assertThat(e.kind()).isEqualTo(expected);
      assertThat(e).hasMessageContaining("asked to list example.org");
    }
  }

  @Test
  void waitsAsLongAsTheProgramAsksButNoLongerThanAnHour() throws Exception {
    String error =
        "echo '{\"version\":1,\"error\":{\"kind\":\"temporary\",\"retry_after_seconds\":";

    assertThat(failure(error + "90}}'").retryAfter()).contains(Duration.ofSeconds(90));
    assertThat(failure(error + "90000}}'").retryAfter()).contains(Duration.ofHours(1));
    assertThat(failure(error + "\"soon\"}}'").retryAfter()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          exit 1                                          | RETRY   | exit code 1
          exit 75                                         | RETRY   | exit code 75
          exit 77                                         | REFUSED | exit code 77
          exit 78                                         | REFUSED | exit code 78
          kill -TERM $$                                   | RETRY   | it was killed by signal 15
          printf 'a\\377\\200'                          | RETRY   | object: 3 bytes that are not text
          echo done                                       | RETRY   | not one JSON object: done
          true                                            | RETRY   | not one JSON object, but nothing
          echo '[]'                                       | RETRY   | not one JSON object
          echo '{} {}'                                    | RETRY   | not one JSON object
          echo '{"records":[]}'                           | RETRY   | lacks "version": 1
          echo '{"version":2,"records":[]}'               | RETRY   | lacks "version": 1
          echo '{"version":1}'                            | RETRY   | no list "records"
          echo '{"version":1,"records":[{"name":"a"}]}'   | RETRY   | no list "records"
          exec no-such-command                            | RETRY   | exit code 127
          """)
  void saysWhatIsWrongWithAnAnswer(String line, Cause cause, String text) throws Exception {
    DnsProviderException e = failure(line);

    assertThat(e.kind()).isEqualTo(cause);
    assertThat(e).hasMessageContaining(text);
  }

  /** What only asks leaves nothing open, and who asks says whether it is tried again. */
  @ParameterizedTest
  @CsvSource({"1, kill -9 $$", "1, exit 1", "60, sleep 60", "1, unknown", "1, temporary"})
  void saysOnlyOfAChangeThatItIsLookedUpFirst(int seconds, String end) throws Exception {
    String line =
        end.contains(" ")
            ? end
            : "echo '{\"version\":1,\"error\":{\"kind\":\"" + end + "\",\"message\":\"m\"}}'";
    Path lists = Programs.write(folder.resolve("lists"), line);
    Path sets =
        Programs.write(
            folder.resolve("sets"),
            "case $(cat) in *'\"list\"'*) echo '" + LISTED + "' ;; *) " + line + " ;; esac");
    Duration timeout = seconds > 1 ? Duration.ofMillis(700) : Duration.ofSeconds(20);
    ZoneChange change = new ZoneChange(ZONE, ImmutableList.of(new Replacement(PRODUCTION, BACKUP)));

    DnsProviderException listed =
        catchThrowableOfType(
            DnsProviderException.class,
            () -> zone(lists, timeout).read(ZONE, ImmutableSet.of(WWW)));
    DnsProviderException set =
        catchThrowableOfType(DnsProviderException.class, () -> zone(sets, timeout).apply(change));

    assertThat(listed.getMessage()).doesNotContain("looked up", "tried again");
    assertThat(set).hasMessageContaining("asked to set www.example.org A");
    assertThat(set.getMessage())
        .matches(text -> text.contains("looked up first") != end.equals("temporary"));
  }

  @Test
  void showsTheLastLinesOfItsErrorsOnOneLineAndNoControls() throws Exception {
    DnsProviderException e =
        failure(
            "for i in 1 2 3 4 5; do echo line $i >&2; done",
            "printf 'red \\033[31m \\a end\\n' >&2",
            "head -c 100000 /dev/zero | tr '\\0' x >&2",
            "exit 9");

    assertThat(e.getMessage())
        .contains("exit code 9 and no error in JSON (it wrote: ")
        .hasSizeLessThan(600)
        .matches("[ -~]*");
    assertThat(failure("echo a >&2; echo b >&2; printf '\\033[31mc\\n' >&2; exit 9"))
        .hasMessageContaining("(it wrote: a / b / \\u001b[31mc)");
  }

  @Test
  void endsAProgramThatTakesTooLongWithAllThatItBegan() throws Exception {
    Path pids = folder.resolve("pids");
    Path program =
        Programs.write(
            folder.resolve("slow"),
            "echo $$ >>" + pids,
            // Its parent ends at once, so that only its group tells whose it is.
            "( sleep 600 & echo $! >>" + pids + " )",
            "sleep 600");

    DnsProviderException e =
        catchThrowableOfType(
            DnsProviderException.class,
            () -> zone(program, Duration.ofMillis(700)).read(ZONE, ImmutableSet.of(WWW)));

    assertThat(e.kind()).isEqualTo(Cause.RETRY);
    assertThat(e).hasMessageContaining("did not end within 0.7 s and was killed");
    List<String> begun = Files.readAllLines(pids);
    assertThat(begun).hasSize(2);
    await()
        .untilAsserted(
            () ->
                assertThat(begun)
                    .noneMatch(pid -> ProcessHandle.of(Long.parseLong(pid)).isPresent()));
  }

  @Test
  void endsWhatAProgramLeavesBehindAndDoesNotWaitForIt() throws Exception {
    Path pid = folder.resolve("pid");
    Path program =
        Programs.write(
            folder.resolve("leaving"), "sleep 600 &", "echo $! >" + pid, "echo '" + LISTED + "'");

    assertThat(zone(program, Duration.ofSeconds(30)).read(ZONE, ImmutableSet.of(WWW)))
        .containsExactly(PRODUCTION);

    long left = Long.parseLong(Files.readString(pid).strip());
    await().untilAsserted(() -> assertThat(ProcessHandle.of(left)).isEmpty());
  }

  @Test
  void endsAProgramThatWritesTooMuch() throws Exception {
    assertThat(failure("exec cat /dev/zero")).hasMessageContaining("more than 1 MiB");
  }

  @Test
  void takesAnAnswerOfAProgramThatReadsNothing() throws Exception {
    assertThat(
            zone(Programs.write(folder.resolve("deaf"), "exec <&-", "echo '" + LISTED + "'"))
                .read(ZONE, ImmutableSet.of(WWW)))
        .containsExactly(PRODUCTION);
  }

  @Test
  void givesItTheRequestAndOnlyAFewVariables() throws Exception {
    Path seen = folder.resolve("seen");
    Path program =
        Programs.write(
            folder.resolve("seeing"),
            "cat >" + seen,
            "env >" + seen + ".env",
            "echo '" + LISTED + "'");

    zone(program).read(ZONE, ImmutableSet.of(WWW, new RecordKey(WWW.name(), RecordType.AAAA)));

    assertThat(Files.readString(seen))
        .isEqualTo(
            "{\"version\":1,\"request\":\"list\",\"zone\":\"example.org\","
                + "\"names\":[\"www.example.org\"]}\n");
    assertThat(Files.readAllLines(Path.of(seen + ".env")))
        .allMatch(
            line ->
                line.matches(
                    "(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|PWD|_"
                        + "|SHLVL|OLDPWD|SSH_AUTH_SOCK|CREDENTIALS_DIRECTORY)=.*"));
  }

  @Test
  void doesNotStartAProgramThatOthersCanChange() throws Exception {
    Path started = folder.resolve("started");
    Path program = Programs.write(folder.resolve("open"), "touch " + started);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxrwxrwx"));

    DnsProviderException e =
        catchThrowableOfType(
            DnsProviderException.class, () -> zone(program).read(ZONE, ImmutableSet.of(WWW)));

    assertThat(e.kind()).isEqualTo(Cause.REFUSED);
    assertThat(e).hasMessageContaining("can be changed by others (mode 0777); run: chmod go-w");
    assertThat(started).doesNotExist();
  }

  @Test
  void saysThatTheProgramIsNotThere() {
    assertThat(
            catchThrowableOfType(
                DnsProviderException.class,
                () -> zone(folder.resolve("nowhere")).read(ZONE, ImmutableSet.of(WWW))))
        .hasMessageContaining("it is not there; correct command in [dns.command]");
  }

  @Test
  void doesNotBelieveThatAChangeIsDone() throws Exception {
    Path program =
        Programs.write(
            folder.resolve("liar"),
            "case $(cat) in *'\"list\"'*) echo '"
                + LISTED
                + "';; *) echo '{\"version\":1}';; esac");

    DnsProviderException e =
        catchThrowableOfType(
            DnsProviderException.class,
            () ->
                zone(program)
                    .apply(
                        new ZoneChange(
                            ZONE, ImmutableList.of(new Replacement(PRODUCTION, BACKUP)))));

    assertThat(e.kind()).isEqualTo(Cause.RETRY);
    assertThat(e)
        .hasMessageContaining(
            "it lists www.example.org A 203.0.113.10 ttl 3600 where www.example.org A"
                + " 198.51.100.20 ttl 60 was just to be put");
  }

  @Test
  void isOfNoOpinionOnRightsThatTheProgramCantTell() throws Exception {
    ImmutableList<Check> checks =
        zone(Programs.write(
                folder.resolve("plain"),
                "case $(cat) in *'\"list\"'*) echo '" + LISTED + "';;",
                "*) echo '{\"version\":1,\"error\":{\"kind\":\"unsupported\"}}';; esac"))
            .check(ZONE, ImmutableSet.of(WWW), false);

    assertThat(checks)
        .extracting(Check::result)
        .containsExactly(Status.OK, Status.OK, Status.UNKNOWN);
    assertThat(checks.getLast().detail()).contains("drill");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"name":"token","result":"warning","detail":"it ends soon"} | token | WARNING
          {"name":"token","result":"failed","detail":"revoked"}       | token | FAILED
          {"name":"token","result":"fine"}                            | token | FAILED
          """)
  void showsWhatTheProgramFindsItself(String one, String name, Status status) throws Exception {
    ImmutableList<Check> checks =
        zone(Programs.write(
                folder.resolve("checking"),
                "case $(cat) in *'\"list\"'*) echo '" + LISTED + "';;",
                "*) echo '{\"version\":1,\"checks\":[" + one + "]}';; esac"))
            .check(ZONE, ImmutableSet.of(WWW), true);

    assertThat(checks.getLast().name()).isEqualTo(name);
    assertThat(checks.getLast().result()).isEqualTo(status);
  }

  private DnsProviderException failure(String... lines) throws Exception {
    CommandZone zone = zone(Programs.write(folder.resolve("program"), lines));
    return catchThrowableOfType(
        DnsProviderException.class, () -> zone.read(ZONE, ImmutableSet.of(WWW)));
  }

  private static CommandZone zone(Path program) {
    return zone(program, Duration.ofSeconds(30));
  }

  private static CommandZone zone(Path program, Duration timeout) {
    return CommandZone.of(ImmutableList.of(program.toString()), timeout);
  }
}
