package io.relais.sync.remote.sftp;

import io.relais.sftp.SftpAttributes;
import io.relais.sftp.SftpClient;
import io.relais.sftp.SftpDownload;
import io.relais.sftp.SftpPacket;
import io.relais.sftp.SftpReply;
import io.relais.sync.path.RelPath;
import io.relais.sync.remote.BytesContent;
import io.relais.sync.remote.SyncTarget.PublishOrder;
import io.relais.sync.remote.SyncTarget.Staged;
import io.relais.sync.remote.TargetException;
import io.relais.sync.remote.TargetException.Reason;
import io.relais.sync.remote.TemporaryNameGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Puts what is staged in place. All of it goes over one channel, the requests of one call in one
 * piece, so that nothing else that is visible changes in between.
 *
 * <p>A file in the {@link StagingDirectory} may turn out to be on another file system than its
 * place. The server says no more than "failure" then; so it is moved beside its place first, which
 * shows what is wrong, and copied there if it must be. Such directories are remembered.
 */
final class Publisher {
  private final UploadChannel uploadChannel;
  private final SftpClient client;
  private final StagingDirectory staging;
  private final TemporaryNameGenerator names;
  private final Function<RelPath, String> absolute;
  private final ContainmentCheck check;
  private final boolean durable;

  Publisher(
      UploadChannel uploadChannel,
      StagingDirectory staging,
      TemporaryNameGenerator names,
      Function<RelPath, String> absolute,
      ContainmentCheck check,
      boolean durable) {
    this.check = check;
    this.uploadChannel = uploadChannel;
    this.client = uploadChannel.client();
    this.staging = staging;
    this.names = names;
    this.absolute = absolute;
    this.durable = durable;
  }

  List<Optional<TargetException>> publish(List<Staged> staged, PublishOrder order)
      throws IOException {
    return inSafePlaces(
        staged,
        switch (order) {
          case GIVEN -> this::publishChecked;
          case ANY -> this::publishEachChecked;
        });
  }

  private interface Publication {
    List<Optional<TargetException>> of(List<Staged> staged) throws IOException;
  }

  /** Publishes what has directories above it, and nothing else; drops the rest. */
  private List<Optional<TargetException>> inSafePlaces(List<Staged> staged, Publication publication)
      throws IOException {
    ContainmentCheck.PathLookup before = check.before(client);
    staged.forEach(each -> before.above(each.path()));
    before.send();
    List<Optional<TargetException>> results = new ArrayList<>();
    List<Staged> safe = new ArrayList<>();
    for (Staged each : staged) {
      Optional<TargetException> unsafe = before.refusal(each.path());
      results.add(unsafe);
      if (unsafe.isEmpty()) {
        safe.add(each);
      }
    }
    if (safe.size() < staged.size()) {
      removeRefused(staged, results);
    }
    Iterator<Optional<TargetException>> published =
        safe.isEmpty() ? Collections.emptyIterator() : publication.of(safe).iterator();
    results.replaceAll(unsafe -> unsafe.isPresent() ? unsafe : published.next());
    return results;
  }

  private List<Optional<TargetException>> publishChecked(List<Staged> staged) throws IOException {
    List<Staged> ready = staged.size() > 1 ? bringBeside(staged) : staged;
    List<Optional<TargetException>> results = rename(ready);
    if (ready.size() == 1 && mayBeElsewhere(ready.getFirst(), results.getFirst())) {
      Staged beside = bringBeside(ready).getFirst();
      if (!beside.equals(ready.getFirst())) {
        ready = List.of(beside);
        results = rename(ready);
      }
    }
    removeRefused(ready, results);
    return results;
  }

  /** Where nothing depends on the order, or on what happens in between. */
  private List<Optional<TargetException>> publishEachChecked(List<Staged> staged)
      throws IOException {
    if (staged.size() == 1) {
      return publishChecked(staged);
    }
    List<Optional<TargetException>> results = new ArrayList<>(rename(staged));
    for (int i = 0; i < results.size(); i++) {
      if (results.get(i).filter(e -> e.reason() != Reason.UNSAFE_PATH).isPresent()) {
        // It says once more what is wrong, or finds a way.
        results.set(i, publishChecked(List.of(staged.get(i))).getFirst());
      }
    }
    return results;
  }

  private boolean mayBeElsewhere(Staged staged, Optional<TargetException> result) {
    return result.filter(refusal -> refusal.reason() == Reason.FAILURE).isPresent()
        && staging.holds(staged.temporary());
  }

  private List<Optional<TargetException>> rename(List<Staged> staged) throws IOException {
    ContainmentCheck.PathLookup after = check.after(client);
    List<SftpPacket> packets = new ArrayList<>();
    for (Staged each : staged) {
      packets.add(renaming(each.temporary(), each.path()));
      after.above(each.path());
    }
    packets.addAll(after.packets());
    List<CompletableFuture<SftpReply>> replies = client.channel().sendTogether(packets);
    after.sent(replies.subList(staged.size(), replies.size()));
    List<Optional<TargetException>> results = new ArrayList<>();
    for (int i = 0; i < staged.size(); i++) {
      RelPath path = staged.get(i).path();
      Optional<TargetException> refusal =
          Replies.refusal(replies.get(i), "put " + path + " in place");
      results.add(refusal.isPresent() ? refusal : after.refusal(path));
    }
    return results;
  }

  private SftpPacket renaming(RelPath from, RelPath to) {
    return client.posixRename(absolute.apply(from), absolute.apply(to));
  }

  private void removeRefused(List<Staged> staged, List<Optional<TargetException>> results)
      throws IOException {
    List<CompletableFuture<SftpReply>> dropped = new ArrayList<>();
    for (int i = 0; i < staged.size(); i++) {
      if (results.get(i).isPresent()) {
        RelPath temporary = staged.get(i).temporary();
        noticeLoss(results.get(i).get(), temporary);
        if (results.get(i).get().reason() == Reason.PERMISSION_DENIED) {
          // The next for this directory is staged in it, which is refused before anything is sent.
          staging.isElsewhere(staged.get(i).path().parent());
        }
        dropped.add(client.remove(absolute.apply(temporary)));
      }
    }
    client.settle(dropped);
  }

  /** Whether it is the file that is missing, and not its place: then the directory is, too. */
  private void noticeLoss(TargetException refusal, RelPath temporary) throws IOException {
    if (refusal.reason() == Reason.NOT_FOUND && staging.holds(temporary)) {
      String path = absolute.apply(temporary);
      if (Replies.await(client.lstat(path)).type() != SftpReply.ATTRS) {
        staging.lost(path);
      }
    }
  }

  /** Moves what lies in the staging directory beside its place; what can't be moved stays. */
  private List<Staged> bringBeside(List<Staged> staged) throws IOException {
    List<Move> moves = staged.stream().map(this::startMove).toList();
    List<Staged> moved = new ArrayList<>();
    for (Move move : moves) {
      moved.add(move.reply == null ? move.from : finishMove(move.from, move.to, move.reply));
    }
    return moved;
  }

  private Move startMove(Staged staged) {
    if (!staging.holds(staged.temporary())) {
      return new Move(staged, staged, null);
    }
    RelPath beside = staged.path().parent().child(names.take());
    return new Move(
        staged,
        new Staged(beside, staged.path()),
        client.channel().send(renaming(staged.temporary(), beside)));
  }

  private record Move(Staged from, Staged to, @Nullable CompletableFuture<SftpReply> reply) {}

  private Staged finishMove(Staged from, Staged to, CompletableFuture<SftpReply> reply)
      throws IOException {
    Optional<TargetException> refusal = Replies.refusal(reply, "move " + from.path());
    if (refusal.isEmpty()) {
      return to;
    }
    if (refusal.get().reason() != Reason.FAILURE) {
      return from;
    }
    try {
      copy(from, to);
    } catch (TargetException e) {
      return from;
    }
    staging.isElsewhere(to.path().parent());
    client.settle(List.of(client.remove(absolute.apply(from.temporary()))));
    return to;
  }

  private void copy(Staged from, Staged to) throws IOException {
    String old = absolute.apply(from.temporary());
    String what = "copy " + from.path();
    SftpAttributes attributes = Replies.attributes(client.lstat(old), what);
    int mode = attributes.mode() & 07777;
    // Its mode may keep even its owner from reading it.
    Replies.ok(client.setstat(old, 0600, null), what);
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      if (!Replies.translated(
          () -> new SftpDownload(client).read(old, SftpTarget.SMALL, bytes::write))) {
        throw new TargetException(
            Reason.FAILURE, what + ": it has become larger than what was written");
      }
      new SftpUpload(
              uploadChannel,
              SftpTarget.SMALL,
              durable,
              absolute.apply(to.temporary()),
              what,
              bytes.size())
          .send(new BytesContent(bytes.toByteArray()), mode, attributes.mtimeSeconds());
    } finally {
      client.settle(List.of(client.setstat(old, mode, null)));
    }
  }
}
