package io.relais.openssh;

import com.google.common.base.Ascii;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.Optional;

/**
 * An option of ssh_config(5), and what becomes of it here. {@link #find} has every option that
 * OpenSSH 9.2 (and Debian's build of it) or a later release up to 10 knows.
 *
 * @param name its one name in lower case; several keywords may be spelled for it
 * @param harmless values, in lower case, that ask for what is done anyway
 * @param instead what happens, or what to do, where it is not honoured
 */
record Option(String name, Support support, ImmutableSet<String> harmless, String instead) {
  /** What becomes of an option that is set for a host. */
  enum Support {
    HONOURED,
    /** It says nothing about a connection that only carries files. */
    IRRELEVANT,
    /** It is not honoured, and the user should know. */
    WARNED,
    /** To go on without it would be unsafe. */
    REFUSED
  }

  private static final Splitter WORDS = Splitter.on(' ').omitEmptyStrings();

  /** Distributions switch it on for everybody; it only adds a way to log in besides the keys. */
  private static final ImmutableSet<String> SILENT_IN_SYSTEM_FILES =
      ImmutableSet.of("gssapiauthentication");

  private static final ImmutableMap<String, Option> BY_KEYWORD = byKeyword();

  /** The option that a keyword in lower case stands for; empty if OpenSSH knows none. */
  static Optional<Option> find(String keyword) {
    return Optional.ofNullable(BY_KEYWORD.get(keyword));
  }

  /**
   * What to say of the line that sets this option for a host, if it is not, or not fully, honoured.
   *
   * @throws SshConfigException if going on without the option would be unsafe
   */
  Optional<ResolvedHost.Warning> warning(ConfigLine line) throws SshConfigException {
    if (isHarmless(line)) {
      return Optional.empty();
    }
    return switch (support) {
      case HONOURED ->
          name.equals("canonicalizehostname") && !isOff(line)
              ? notHonoured(line, "names are used as they are written; write HostName in full")
              : Optional.empty();
      case IRRELEVANT -> Optional.empty();
      case WARNED ->
          !line.userLevel() && SILENT_IN_SYSTEM_FILES.contains(name)
              ? Optional.empty()
              : notHonoured(line, instead);
      case REFUSED ->
          throw line.fault(
              line.spelled() + " can't be honoured and is not safe to ignore; " + instead);
    };
  }

  private static Optional<ResolvedHost.Warning> notHonoured(ConfigLine line, String instead) {
    return Optional.of(
        new ResolvedHost.Warning(line.spelled(), line.at(), "is not honoured: " + instead));
  }

  private static boolean isOff(ConfigLine line) {
    return Ascii.toLowerCase(line.rest()).matches("(no|false)\\b.*");
  }

  private boolean isHarmless(ConfigLine line) {
    ImmutableList<String> arguments = line.arguments();
    if (arguments.isEmpty()) {
      return true;
    }
    return harmless.contains(Ascii.toLowerCase(arguments.getFirst()))
        && arguments.stream().skip(1).allMatch("none"::equals);
  }

  private static ImmutableMap<String, Option> byKeyword() {
    Table table = new Table();
    honoured(table);
    irrelevant(table);
    warned(table);
    table.one(
        "revokedhostkeys",
        Support.REFUSED,
        "none",
        "put these keys as @revoked into known_hosts instead, and remove this line");
    table.one("refuseconnection", Support.REFUSED, "", "ssh refuses this host too");
    return table.built.buildOrThrow();
  }

  private static void honoured(Table table) {
    table.each(
        Support.HONOURED,
        "hostname port user identitiesonly certificatefile userknownhostsfile globalknownhostsfile"
            + " hostkeyalias hostkeyalgorithms ciphers kexalgorithms macs compression proxyjump"
            + " proxycommand connecttimeout serveraliveinterval serveralivecountmax"
            + " stricthostkeychecking ignoreunknown canonicalizehostname");
    table.one("identityfile identityfile2", Support.HONOURED, "", "");
    table.one("pubkeyacceptedalgorithms pubkeyacceptedkeytypes", Support.HONOURED, "", "");
  }

  private static void irrelevant(Table table) {
    // Forwardings: nothing is forwarded.
    table.each(
        Support.IRRELEVANT,
        "forwardagent forwardx11 forwardx11timeout forwardx11trusted xauthlocation localforward"
            + " remoteforward dynamicforward permitremoteopen gatewayports exitonforwardfailure"
            + " clearallforwardings streamlocalbindmask streamlocalbindunlink tunnel tunneldevice");
    // Terminals, shells and commands: the only thing asked for is the sftp subsystem.
    table.each(
        Support.IRRELEVANT,
        "escapechar enableescapecommandline requesttty sessiontype remotecommand localcommand"
            + " permitlocalcommand stdinnull forkafterauthentication sendenv setenv"
            + " obscurekeystroketiming channeltimeout tag");
    // One connection is kept and shared anyway.
    table.each(Support.IRRELEVANT, "controlmaster controlpath controlpersist connectionattempts");
    // What is shown, logged or asked at a terminal: nobody sits there.
    table.each(
        Support.IRRELEVANT,
        "loglevel logverbose syslogfacility visualhostkey fingerprinthash batchmode"
            + " numberofpasswordprompts passwordauthentication kbdinteractiveauthentication"
            + " kbdinteractivedevices challengeresponseauthentication skeyauthentication"
            + " tisauthentication versionaddendum warnweakcrypto");
    // Changes to known_hosts and to the agent: neither is ever written.
    table.each(Support.IRRELEVANT, "hashknownhosts updatehostkeys addkeystoagent");
    // Details of options that warn themselves where they are switched on.
    table.each(
        Support.IRRELEVANT,
        "canonicaldomains canonicalizefallbacklocal canonicalizemaxdots"
            + " hostbasedacceptedalgorithms hostbasedkeytypes enablesshkeysign gssapiclientidentity"
            + " gssapikexalgorithms gssapirenewalforcesrekey gssapiserveridentity gssapitrustdns");
    // OpenSSH itself ignores these silently.
    table.each(
        Support.IRRELEVANT,
        "protocol cipher fallbacktorsh globalknownhostsfile2 rhostsauthentication"
            + " userknownhostsfile2 useroaming usersh useprivilegedport");
  }

  private static void warned(Table table) {
    table.warned("addressfamily", "any", "every address of the host is tried");
    table.warned("bindaddress bindinterface", "", "the system chooses the local address");
    table.warned("canonicalizepermittedcnames", "none", "names are used as they are written");
    table.warned("casignaturealgorithms", "", "the built-in list is used");
    table.warned("checkhostip", "no false", "known hosts are looked up by name only");
    table.warned("gssapiauthentication", "no false", "only keys are used to log in");
    table.warned("gssapidelegatecredentials", "no false", "only keys are used to log in");
    table.warned("gssapikeyexchange", "no false", "the host must show a known host key");
    table.warned("hostbasedauthentication", "no false", "only keys are used to log in");
    table.warned("identityagent", "", "only the agent at SSH_AUTH_SOCK, if any, is asked");
    table.warned("ipqos", "", "packets are not marked");
    table.warned("knownhostscommand", "none", "only the known_hosts files are read");
    table.warned("nohostauthenticationforlocalhost", "no false", "the host key is always checked");
    table.warned("pkcs11provider smartcarddevice", "none", "only key files and the agent are used");
    table.warned("preferredauthentications", "publickey", "only keys are used to log in");
    table.warned("proxyusefdpass", "no false", "there is no proxy command");
    table.warned("pubkeyauthentication dsaauthentication", "yes true", "keys are used to log in");
    table.warned("rekeylimit", "default", "keys are renewed at a built-in limit");
    table.warned("requiredrsasize", "", "the built-in minimum applies");
    table.warned("securitykeyprovider", "internal none", "security keys are not used");
    table.warned("tcpkeepalive keepalive", "yes true", "the connection is probed all the same");
    table.warned("verifyhostkeydns", "no false", "only the known_hosts files count");
    table.warned(
        "afstokenpassing compressionlevel kerberosauthentication kerberostgtpassing"
            + " rsaauthentication rhostsrsaauthentication",
        "no false",
        "OpenSSH no longer supports it either");
    table.warned(
        "protocolkeepalives setuptimeout",
        "",
        "Debian's own option; use ServerAliveInterval and ConnectTimeout");
  }

  private static final class Table {
    private final ImmutableMap.Builder<String, Option> built = ImmutableMap.builder();

    /** Options with one keyword each. */
    void each(Support support, String names) {
      WORDS.split(names).forEach(name -> one(name, support, "", ""));
    }

    void warned(String keywords, String harmless, String instead) {
      one(keywords, Support.WARNED, harmless, instead);
    }

    /** One option. The first keyword is its own name, the others are further spellings of it. */
    void one(String keywords, Support support, String harmless, String instead) {
      String name = WORDS.splitToList(keywords).getFirst();
      Option option =
          new Option(name, support, ImmutableSet.copyOf(WORDS.split(harmless)), instead);
      WORDS.split(keywords).forEach(keyword -> built.put(keyword, option));
    }
  }
}
