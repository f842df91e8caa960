package io.relais.common;

/** The exit codes of both programs, the same in every sub-command. */
public enum ExitCode {
  /** Done; where a comparison was asked for, both sides are equal. */
  OK(0),
  /** A comparison found differences; nothing went wrong. */
  DIFFERENCES(1),
  /** The command line or the configuration is wrong: the user's to fix. */
  USAGE(2),
  /** The other side can't be reached; trying again later may help. */
  UNAVAILABLE(3),
  /** A host key or a login was refused: trying again does not help. */
  REFUSED(4),
  /** Done, but some paths could not be read, sent or compared. */
  PARTIAL(5),
  /** A safety check stopped the work until an operator decides. */
  HALTED(6),
  /**
   * The memory that the process may take is used up. It is the number of a signal, too (see {@code
   * OutOfMemory}), of those that have no meaning of their own.
   */
  OUT_OF_MEMORY(50),
  /** A defect of the program itself. */
  INTERNAL(70);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  /** The one of two that says more of what is wrong: the higher. */
  public ExitCode worse(ExitCode other) {
    return other.code > code ? other : this;
  }

  /** The number that the process ends with. */
  public int code() {
    return code;
  }
}
