package io.relais.sync.openssh;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.jspecify.annotations.Nullable;

/** Every option that OpenSSH 9.2 (and Debian's build of it) or a later release up to 10 knows. */
final class Keywords {
  private Keywords() {}

  /** What becomes of an option that is set for a host. */
  enum Treatment {
    HONOURED,
    /** It says nothing about a connection that only carries files. */
    SILENT,
    /** It is not honoured, and the person should know. */
    WARNED,
    /** To go on without it would be unsafe. */
    REFUSED
  }

  /**
   * An option.
   *
   * @param name its one name in lower case; several keywords may be spelled for it
   * @param harmless values, in lower case, that ask for what is done anyway
   * @param instead what happens, or what to do, where it is not honoured
   */
  record Option(String name, Treatment treatment, ImmutableSet<String> harmless, String instead) {}

  private static final Splitter WORDS = Splitter.on(' ').omitEmptyStrings();

  private static final ImmutableMap<String, Option> OPTIONS = options();

  /** The option that a keyword in lower case stands for; null if OpenSSH knows none. */
  static @Nullable Option find(String keyword) {
    return OPTIONS.get(keyword);
  }

  private static ImmutableMap<String, Option> options() {
    Table table = new Table();
    table.honoured(
        "hostname port user identityfile identitiesonly certificatefile userknownhostsfile"
            + " globalknownhostsfile hostkeyalias hostkeyalgorithms ciphers kexalgorithms macs"
            + " pubkeyacceptedalgorithms compression"
            + " proxyjump proxycommand connecttimeout serveraliveinterval serveralivecountmax"
            + " stricthostkeychecking ignoreunknown canonicalizehostname");
    table.alias("identityfile2", "identityfile");
    table.alias("pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms");
    silent(table);
    warned(table);
    table.put(
        "revokedhostkeys",
        Treatment.REFUSED,
        "none",
        "put these keys as @revoked into" + " known_hosts instead, and remove this line");
    table.put("refuseconnection", Treatment.REFUSED, "", "ssh refuses this host too");
    return table.built.buildOrThrow();
  }

  private static void silent(Table table) {
    // Forwardings: nothing is forwarded.
    table.silent(
        "forwardagent forwardx11 forwardx11timeout forwardx11trusted xauthlocation localforward"
            + " remoteforward dynamicforward permitremoteopen gatewayports exitonforwardfailure"
            + " clearallforwardings streamlocalbindmask streamlocalbindunlink tunnel tunneldevice");
    // Terminals, shells and commands: the only thing asked for is the sftp subsystem.
    table.silent(
        "escapechar enableescapecommandline requesttty sessiontype remotecommand localcommand"
            + " permitlocalcommand stdinnull forkafterauthentication sendenv setenv"
            + " obscurekeystroketiming channeltimeout tag");
    // One connection is kept and shared anyway.
    table.silent("controlmaster controlpath controlpersist connectionattempts");
    // What is shown, logged or asked at a terminal: nobody sits there.
    table.silent(
        "loglevel logverbose syslogfacility visualhostkey fingerprinthash batchmode"
            + " numberofpasswordprompts passwordauthentication kbdinteractiveauthentication"
            + " kbdinteractivedevices challengeresponseauthentication skeyauthentication"
            + " tisauthentication versionaddendum warnweakcrypto");
    // Changes to known_hosts and to the agent: neither is ever written.
    table.silent("hashknownhosts updatehostkeys addkeystoagent");
    // Details of options that warn themselves where they are switched on.
    table.silent(
        "canonicaldomains canonicalizefallbacklocal canonicalizemaxdots"
            + " hostbasedacceptedalgorithms hostbasedkeytypes enablesshkeysign gssapiclientidentity"
            + " gssapikexalgorithms gssapirenewalforcesrekey gssapiserveridentity gssapitrustdns");
    // OpenSSH itself passes over these without a word.
    table.silent(
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
    table.warned("rekeylimit", "default", "keys are renewed at a limit of its own");
    table.warned("requiredrsasize", "", "the built-in minimum applies");
    table.warned("securitykeyprovider", "internal none", "security keys are not used");
    table.warned("tcpkeepalive keepalive", "yes true", "the connection is probed all the same");
    table.warned("verifyhostkeydns", "no false", "only the known_hosts files count");
    table.warned(
        "afstokenpassing compressionlevel kerberosauthentication kerberostgtpassing"
            + " rsaauthentication rhostsrsaauthentication",
        "no false",
        "OpenSSH does not support it any more either");
    table.warned(
        "protocolkeepalives setuptimeout",
        "",
        "Debian's own option; use" + " ServerAliveInterval and ConnectTimeout");
  }

  private static final class Table {
    final ImmutableMap.Builder<String, Option> built = ImmutableMap.builder();

    void honoured(String names) {
      WORDS.split(names).forEach(name -> put(name, Treatment.HONOURED, "", ""));
    }

    void silent(String names) {
      WORDS.split(names).forEach(name -> put(name, Treatment.SILENT, "", ""));
    }

    /** The first name is the option's own, the others are further spellings of it. */
    void warned(String names, String harmless, String instead) {
      String own = WORDS.splitToList(names).getFirst();
      for (String name : WORDS.split(names)) {
        put(
            name,
            new Option(own, Treatment.WARNED, ImmutableSet.copyOf(WORDS.split(harmless)), instead));
      }
    }

    void alias(String name, String own) {
      put(name, new Option(own, Treatment.HONOURED, ImmutableSet.of(), ""));
    }

    void put(String name, Treatment treatment, String harmless, String instead) {
      put(name, new Option(name, treatment, ImmutableSet.copyOf(WORDS.split(harmless)), instead));
    }

    private void put(String name, Option option) {
      built.put(name, option);
    }
  }
}
