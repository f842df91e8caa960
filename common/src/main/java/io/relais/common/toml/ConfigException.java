package io.relais.common.toml;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.util.stream.Collectors;

/**
 * The configuration can't be used: the user's to fix. The message holds every mistake, one a line;
 * a stack trace would help nobody.
 */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  private final ImmutableList<ConfigProblem> problems;

  public ConfigException(ImmutableList<ConfigProblem> problems) {
    super(problems.stream().map(ConfigProblem::toString).collect(Collectors.joining("\n")));
    checkArgument(!problems.isEmpty(), "no problem");
    this.problems = problems;
  }

  /** At least one, in the order of the file. */
  public ImmutableList<ConfigProblem> problems() {
    return problems;
  }
}
