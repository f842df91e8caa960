# Sourced by the launchers and by the demo, which have set: here (the directory they are in, symlinks
# resolved), module (the program's name), built (where a checkout has the module) and main (its main
# class). POSIX sh.

wanted=25

# Prints the feature version of the Java in directory $1: 25 for "25.0.3", nothing if there is none.
feature_version() {
  [ -x "$1/bin/java" ] || return 0
  version=$(sed -n 's/^JAVA_VERSION="\([^"]*\)".*/\1/p' "$1/release" 2>/dev/null) || version=
  if [ -z "$version" ]; then
    version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p')
  fi
  printf '%s\n' "${version%%[!0-9]*}"
}

# Prints the home of a Java that is new enough and has bin/$1: JAVA_HOME, the package's own, an
# installed one, the one on the PATH. Prints nothing if there is none.
find_java() {
  on_path=$(command -v java 2>/dev/null) && on_path=$(readlink -f -- "$on_path") || on_path=
  for home in "${JAVA_HOME:-}" "$here/../lib/relais/runtime" "$here/../runtime" \
    /usr/lib/jvm/* "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* "${on_path%/bin/java}"; do
    [ -n "$home" ] && [ -x "$home/bin/$1" ] || continue
    found=$(feature_version "$home")
    if [ "${found:-0}" -ge "$wanted" ]; then
      printf '%s\n' "$home"
      return
    fi
  done
}

# Prints the class path of the module: in a package, or in a checkout after `mvn package`.
find_classes() {
  if [ -d "$here/../lib/relais/$module" ]; then
    printf '%s\n' "$here/../lib/relais/$module/*"
    return
  fi
  for jar in "$built/target/relais-$module-"*.jar; do
    case $jar in
      *-sources.jar | *-javadoc.jar | *-tests.jar) ;;
      *)
        if [ -f "$jar" ] && [ -d "$built/target/lib" ]; then
          printf '%s\n' "$jar:$built/target/lib/*"
          return
        fi
        ;;
    esac
  done
}

# Prints the options for class data that one run leaves behind, which halve the work of the next
# start. Only a service has a directory for that which nobody else can write (CacheDirectory=): what
# is in it is run. Java doesn't renew class data of other jars or of another Java by itself, so they
# have a name of their own; those of before an upgrade go. The directory has no space in its name.
class_data() {
  [ -n "${CACHE_DIRECTORY:-}" ] || return 0
  id=$({
    cat "$java/release"
    echo "$classes" | tr ':' '\n' | sed 's|/\*$|/|' | while read -r part; do ls -lL "$part"; done
  } 2>/dev/null | cksum)
  archive=$CACHE_DIRECTORY/$module-${id%% *}.jsa
  for old in "$CACHE_DIRECTORY/$module"*.jsa; do
    [ "$old" = "$archive" ] || rm -f -- "$old"
  done
  echo "-XX:+AutoCreateSharedArchive -XX:SharedArchiveFile=$archive -Xlog:cds*=off"
}

# Waits before a start after runs that ended for want of memory within the last hour: 10 s after one,
# twice as long after each more, two minutes at most. What used the memory up is often still there,
# and systemd, which starts a service again after RestartSec=, has no growing pauses before version 254.
pause_after_out_of_memory() {
  ends=${CACHE_DIRECTORY:+$CACHE_DIRECTORY/$module.out-of-memory}
  [ -n "$ends" ] && [ -e "$ends" ] || return 0
  if [ -n "$(find "$ends" -mmin +60)" ]; then
    rm -f -- "$ends"
    return 0
  fi
  pause=5
  while read -r _ && [ "$pause" -lt 120 ]; do
    pause=$((pause * 2))
  done <"$ends"
  [ "$pause" -lt 120 ] || pause=120
  echo "$module: ran out of memory before; starting in $pause s" >&2
  sleep "$pause"
}

# Becomes the program, with the arguments given.
run_java() {
  java=$(find_java java)
  if [ -z "$java" ]; then
    echo "$module: needs Java $wanted or later: install it (https://adoptium.net/temurin/releases/?version=$wanted) or set JAVA_HOME to it" >&2
    exit 2
  fi
  classes=$(find_classes)
  if [ -z "$classes" ]; then
    echo "$module: not built yet: run 'mvn -q -DskipTests package' in $(readlink -f -- "$here/../..")" >&2
    exit 2
  fi
  # Java reads names of files as the locale says, and only in a UTF-8 one can it keep every byte.
  # Always set: a locale that is named but not installed counts as "C".
  export LC_ALL=C.UTF-8
  pause_after_out_of_memory
  # Run by the JVM when its memory is used up, on whatever thread. The program has the signal end it at
  # once with that number (50) as its exit code.
  export RELAIS_OUT_OF_MEMORY="$module: out of memory: all that it may take is in use (-Xmx256m, unless RELAIS_JAVA_OPTS says otherwise); raise it with RELAIS_JAVA_OPTS=-Xmx512m, for the service in a drop-in (systemctl edit $module): [Service] Environment=RELAIS_JAVA_OPTS=-Xmx512m"
  export RELAIS_OUT_OF_MEMORY_ENDS="${CACHE_DIRECTORY:+$CACHE_DIRECTORY/$module.out-of-memory}"
  # RELAIS_JAVA_OPTS comes last, so that it wins. What the flags are worth is in packaging/docs/decisions.md.
  # One big poll: with the default of 512 events for each directory, a burst overflows the watch
  # (JDK-8330077).
  # shellcheck disable=SC2046,SC2086
  exec "$java/bin/java" $(class_data) \
    -XX:+UseSerialGC -Xms16m -Xmx256m -XX:+UseCompactObjectHeaders \
    -XX:-ShrinkHeapInSteps \
    -XX:MaxInlineLevel=5 -XX:InlineSmallCode=800 -XX:FreqInlineSize=100 \
    -XX:+UnlockDiagnosticVMOptions -XX:AsyncDeflationInterval=10000 \
    -XX:ArchiveRelocationMode=0 -XX:TrimNativeHeapInterval=30000 \
    -XX:OnOutOfMemoryError='echo "$RELAIS_OUT_OF_MEMORY" | tee -a "${RELAIS_OUT_OF_MEMORY_ENDS:-/dev/null}" >&2;kill -50 %p' \
    -XX:-UsePerfData -Xshare:auto \
    --enable-native-access=ALL-UNNAMED \
    -Djdk.nio.file.WatchService.maxEventsPerPoll=1000000 \
    ${RELAIS_JAVA_OPTS:-} \
    -cp "$classes" "$main" "$@"
}
