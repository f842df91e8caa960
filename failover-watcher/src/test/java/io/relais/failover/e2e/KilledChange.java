package io.relais.failover.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;

/** A change of the zone that is killed on its way. */
enum KilledChange {
  /** Production went down. */
  SWITCH(false) {
    @Override
    Program start(FailoverBed bed) throws IOException {
      bed.production.answers(500, "Oops");
      return bed.start("check");
    }
  },
  /** A person goes back to production. */
  FAIL_BACK(true) {
    @Override
    Program start(FailoverBed bed) throws IOException {
      bed.production.up();
      return bed.start("failback", "--yes");
    }
  },
  /** On the backup, which has another address now. */
  FOLLOW(true) {
    @Override
    void prepare(FailoverBed bed) throws IOException {
      bed.address.set(OTHER);
      // What a round learns of the address counts from the next one on.
      Program learns = bed.run("check");
      assertThat(bed.records()).as(learns.said()).containsExactly(FailoverBed.atBackup());
    }

    @Override
    Program start(FailoverBed bed) throws IOException {
      return bed.start("check");
    }

    @Override
    String atBackup() {
      return FailoverBed.atBackup().replace(FailoverBed.BACKUP, OTHER);
    }
  };

  /** Where the backup is later. */
  private static final String OTHER = "93.184.215.30";

  /** Whether the records are at the backup before it. */
  final boolean fromBackup;

  KilledChange(boolean fromBackup) {
    this.fromBackup = fromBackup;
  }

  /** What is to be so before it. */
  void prepare(FailoverBed bed) throws IOException {}

  /** Starts a run that makes it. */
  abstract Program start(FailoverBed bed) throws IOException;

  /** The record where the backup is at the end. */
  String atBackup() {
    return FailoverBed.atBackup();
  }
}
