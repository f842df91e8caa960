package io.relais.benchmark.mirror;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * Small changes of a big file. The agent runs, and its time goes from the end of the change to the
 * right content in place; rsync is started at the end of the change.
 */
final class BigChanges implements Experiment {
  private static final String NAME = "changes";
  private static final int CHANGE = 1 << 20;
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private final Random random = new Random();

  @Override
  public ImmutableSet<Row> rows() {
    return ImmutableSet.of(Row.EDIT, Row.INSERT, Row.APPEND);
  }

  @Override
  public ImmutableList<Contender> contenders() {
    return ImmutableList.of(Contender.AGENT, Contender.RSYNC, Contender.RSYNC_DURABLE);
  }

  @Override
  public void run(Contender contender, Lab lab, Recorder recorder)
      throws IOException, InterruptedException {
    Path source = lab.copy(Lab.Corpus.BIG);
    if (contender != Contender.AGENT) {
      lab.link().place(contender, source, NAME);
      for (Row row : rows()) {
        change(row, source.resolve("big.bin"), lab);
        long before = lab.link().bytes();
        recorder.add(row, Quantity.TIME, Rsync.run(contender, lab, source, NAME));
        recorder.addBytes(row, Quantity.WIRE, lab.link().bytes() - before);
      }
    } else {
      lab.link().remove(contender, NAME);
      Path state = lab.scratch("agent");
      try (Daemon agent = lab.start(contender, state, source, NAME)) {
        agent.awaitInSync();
        for (Row row : rows()) {
          agent(row, agent, source, lab, recorder);
        }
      }
      lab.discard(state);
    }
    if (!lab.areEqual(contender, source, NAME)) {
      recorder.remark("the copy of the big file is not equal in the end");
    }
    lab.link().remove(contender, NAME);
  }

  private void agent(Row row, Daemon agent, Path source, Lab lab, Recorder recorder)
      throws IOException, InterruptedException {
    if (!recorder.wants(row)) {
      return;
    }
    lab.settle(agent);
    Path file = source.resolve("big.bin");
    Path copy = lab.link().onDisk(Contender.AGENT, NAME).resolve("big.bin");
    Map<String, Object> old = look(copy);
    long before = lab.link().bytes();
    long began = change(row, file, lab);
    try {
      long end = Waiting.until("in place", () -> isReplaced(old, copy, file), LIMIT, 1);
      lab.settle(agent);
      if (Files.mismatch(file, copy) >= 0) {
        recorder.addFailure(row, "the copy is not equal");
        return;
      }
      recorder.add(row, Quantity.TIME, (end - began) / 1e9);
      recorder.addBytes(row, Quantity.WIRE, lab.link().bytes() - before);
    } catch (Waiting.InVainException e) {
      recorder.addFailure(row, e.getMessage() + "; it said: " + agent.said());
    }
  }

  /** Reading all of it each millisecond would be a load: its content is compared afterwards. */
  private static boolean isReplaced(Map<String, Object> old, Path copy, Path file)
      throws IOException {
    Map<String, Object> now = look(copy);
    return !now.equals(old)
        && Objects.equals(now.get("size"), Files.size(file))
        && seconds(copy) == seconds(file);
  }

  private static Map<String, Object> look(Path copy) throws IOException {
    return Files.readAttributes(copy, "unix:ino,size");
  }

  private static long seconds(Path file) throws IOException {
    return Files.getLastModifiedTime(file).toInstant().getEpochSecond();
  }

  /** Returns {@link System#nanoTime} of the change's end. */
  private long change(Row row, Path file, Lab lab) throws IOException {
    byte[] bytes = new byte[CHANGE];
    random.nextBytes(bytes);
    long middle = (Files.size(file) - CHANGE) / 2 + random.nextInt(1 << 20);
    switch (row) {
      case EDIT -> {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
          open.seek(middle);
          open.write(bytes);
        }
      }
      case APPEND -> Files.write(file, bytes, StandardOpenOption.APPEND);
      case INSERT -> insert(bytes, middle, file, lab.scratch("inserted"));
      default -> throw new IllegalArgumentException(row.option());
    }
    return System.nanoTime();
  }

  /** As programs do it: all of it is written anew, and put in place. */
  private static void insert(byte[] bytes, long at, Path file, Path draft) throws IOException {
    try (FileChannel from = FileChannel.open(file);
        FileChannel to =
            FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      transfer(from, 0, at, to);
      to.write(java.nio.ByteBuffer.wrap(bytes));
      transfer(from, at, from.size(), to);
    }
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void transfer(FileChannel from, long start, long end, FileChannel to)
      throws IOException {
    for (long at = start; at < end; ) {
      at += from.transferTo(at, end - at, to);
    }
  }
}
