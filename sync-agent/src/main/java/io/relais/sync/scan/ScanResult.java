package io.relais.sync.scan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.relais.sync.entry.LeftOut;
import io.relais.sync.entry.PathProblem;
import io.relais.sync.path.RelPath;
import io.relais.sync.plan.PlanBuilder;
import java.util.Set;

/**
 * What a scan found.
 *
 * @param sourceEmpty whether the source's root was read and holds nothing that is mirrored
 * @param listed entries that the target listed
 * @param problems directories that could not be read here
 * @param unlisted the same for the target: to be tried again by listing
 * @param incomplete whether not all that the target has is known: nothing may be removed then
 * @param vanished paths that changed while they were looked at
 * @param leftOut what is on one side alone, as is meant, as far as it was looked at
 * @param met the directories of the source that were read, where all are; none elsewhere
 * @param unlocked the modes of the target's directories that were unlocked, to be listed: they are
 *     to be locked again
 */
public record ScanResult(
    PlanBuilder plan,
    boolean sourceEmpty,
    long listed,
    ImmutableList<PathProblem> problems,
    ImmutableList<PathProblem> unlisted,
    boolean incomplete,
    ImmutableSet<RelPath> vanished,
    ImmutableSet<LeftOut> leftOut,
    Set<RelPath> met,
    ImmutableMap<RelPath, Integer> unlocked) {}
