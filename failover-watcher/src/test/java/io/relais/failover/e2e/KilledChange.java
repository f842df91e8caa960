package io.relais.failover.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;

/** A change of the zone that is killed on its way. */
enum KilledChange {
  /** Production went down. */
  SWITCH(false) {
    @Override
    Program start(Stage stage) throws IOException {
      stage.production.answers(500, "Oops");
      return stage.start("check");
    }
  },
  /** A person goes back to production. */
  FAIL_BACK(true) {
    @Override
    Program start(Stage stage) throws IOException {
      stage.production.up();
      return stage.start("failback", "--yes");
    }
  },
  /** On the backup, which has another address now. */
  FOLLOW(true) {
    @Override
    void prepare(Stage stage) throws IOException {
      stage.address.set(OTHER);
      // What a round learns of the address counts from the next one on.
      Program learns = stage.run("check");
      assertThat(stage.records()).as(learns.said()).containsExactly(Stage.atBackup());
    }

    @Override
    Program start(Stage stage) throws IOException {
      return stage.start("check");
    }

    @Override
    String atBackup() {
      return Stage.atBackup().replace(Stage.BACKUP, OTHER);
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
  void prepare(Stage stage) throws IOException {}

  /** Starts a run that makes it. */
  abstract Program start(Stage stage) throws IOException;

  /** The record where the backup is at the end. */
  String atBackup() {
    return Stage.atBackup();
  }
}
