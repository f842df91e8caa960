package io.relais.failover.address;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMultiset;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Multisets;
import com.google.common.net.InetAddresses;
import io.relais.common.DurationFormat;
import io.relais.failover.address.AddressSettings.Source;
import io.relais.failover.dns.DnsQuestion;
import io.relais.failover.net.HttpCaller;
import io.relais.failover.net.IpFamily;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Finds the backup's public address. For one thread at a time. */
public final class AddressFinder {
  /** For all sources together: a round of probes must not wait long for them. */
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private static final Path INTERFACE_TABLE = Path.of("/proc/net/if_inet6");

  private final int agree;
  private final ImmutableList<AddressSource> sources;
  private final Duration limit;

  /**
   * Makes a finder; nothing is asked yet.
   *
   * @param dns goes over the protocol that its answer is about (IPv4 for A), because the answer
   *     depends on where the question comes from
   */
  public AddressFinder(AddressSettings settings, HttpCaller http, DnsQuestion dns) {
    this(
        settings.agree(),
        // The same source twice is one voice.
        ImmutableSet.copyOf(settings.sources()).stream()
            .map(source -> source(source, http, dns))
            .collect(toImmutableList()),
        LIMIT);
  }

  AddressFinder(int agree, List<AddressSource> sources, Duration limit) {
    this.agree = agree;
    this.sources = ImmutableList.copyOf(sources);
    this.limit = limit;
  }

  private static AddressSource source(Source source, HttpCaller http, DnsQuestion dns) {
    return switch (source) {
      case Source.Http it -> new HttpSource(http, it.url(), LIMIT);
      case Source.Dns it -> new DnsSource(dns, it.name(), it.server(), LIMIT);
      case Source.Interface it -> new InterfaceSource(it.name(), INTERFACE_TABLE);
      case Source.Fixed it -> new FixedSource(it.address());
    };
  }

  /**
   * Asks all sources at once, for one family. Where a source is authoritative (fixed, or our own
   * interface), the others are not asked: seen from outside, a host with addresses for privacy has
   * another one. Blocks for five seconds at most.
   *
   * @return the address that enough of them say, or why there is none
   * @throws InterruptedException if the thread was interrupted
   */
  public Verdict find(IpFamily family) throws InterruptedException {
    ImmutableList<AddressSource> able =
        sources.stream().filter(source -> source.supports(family)).collect(toImmutableList());
    ImmutableList<AddressSource> certain =
        able.stream().filter(AddressSource::authoritative).collect(toImmutableList());
    if (able.isEmpty()) {
      return none("no source knows IP" + family.name().toLowerCase(Locale.ROOT), "");
    }
    return certain.isEmpty()
        ? decide(ask(able, family, limit), agree)
        : decide(ask(certain, family, limit), 1);
  }

  /**
   * Asks all at once; a source that has not answered by the deadline is interrupted and not waited
   * for.
   */
  private static ImmutableList<SourceReply> ask(
      List<AddressSource> sources, IpFamily family, Duration limit) throws InterruptedException {
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    try {
      List<Callable<InetAddress>> questions =
          sources.stream()
              .map(source -> (Callable<InetAddress>) () -> source.find(family))
              .toList();
      List<Future<InetAddress>> answers =
          threads.invokeAll(questions, limit.toNanos(), TimeUnit.NANOSECONDS);
      ImmutableList.Builder<SourceReply> replies = ImmutableList.builder();
      for (int i = 0; i < answers.size(); i++) {
        replies.add(reply(sources.get(i).name(), answers.get(i), limit));
      }
      return replies.build();
    } finally {
      threads.shutdownNow();
    }
  }

  private static SourceReply reply(String source, Future<InetAddress> answer, Duration limit)
      throws InterruptedException {
    try {
      InetAddress address = answer.get();
      return new SourceReply(source, Optional.of(address), InetAddresses.toAddrString(address));
    } catch (CancellationException e) {
      return new SourceReply(
          source, Optional.empty(), "no answer within " + DurationFormat.of(limit));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AddressException why) {
        return new SourceReply(source, Optional.empty(), String.valueOf(why.getMessage()));
      }
      throw new IllegalStateException("a bug in the source " + source, e);
    }
  }

  private static String describe(List<SourceReply> replies) {
    return replies.stream().map(SourceReply::toString).collect(joining("; "));
  }

  private static Verdict decide(ImmutableList<SourceReply> replies, int agree) {
    ImmutableMultiset<InetAddress> votes =
        Multisets.copyHighestCountFirst(
            replies.stream()
                .flatMap(reply -> reply.address().stream())
                .collect(ImmutableMultiset.toImmutableMultiset()));
    String detail = describe(replies);
    List<InetAddress> chosen =
        votes.elementSet().stream().filter(address -> votes.count(address) >= agree).toList();
    if (chosen.size() == 1) {
      return new Verdict(Optional.of(chosen.getFirst()), detail);
    }
    if (chosen.size() > 1) {
      return none("they contradict each other", detail);
    }
    return votes.isEmpty()
        ? none("no source gave an address", detail)
        : none(votes.count(votes.iterator().next()) + " agree and " + agree + " must", detail);
  }

  private static Verdict none(String why, String detail) {
    return new Verdict(Optional.empty(), detail.isEmpty() ? why : why + " (" + detail + ")");
  }

  /**
   * What the sources say.
   *
   * @param address empty unless enough agree
   * @param detail what each said, for people, in one line
   */
  public record Verdict(Optional<InetAddress> address, String detail) {}

  /**
   * What one source said.
   *
   * @param text the address, or why there is none
   */
  private record SourceReply(String source, Optional<InetAddress> address, String text) {
    @Override
    public String toString() {
      return source + ": " + text;
    }
  }

  /** An address that the user has written down. */
  private record FixedSource(InetAddress address) implements AddressSource {
    @Override
    public String name() {
      return "fixed " + InetAddresses.toAddrString(address);
    }

    @Override
    public boolean supports(IpFamily family) {
      return IpFamily.of(address) == family;
    }

    @Override
    public boolean authoritative() {
      return true;
    }

    @Override
    public InetAddress find(IpFamily family) throws AddressException {
      return GlobalAddress.require(address);
    }
  }
}
