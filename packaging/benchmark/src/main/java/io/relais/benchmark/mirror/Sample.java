package io.relais.benchmark.mirror;

/**
 * One measured value.
 *
 * @param roundTrip milliseconds
 * @param value in the unit of the quantity; infinite: it failed, see {@code note}
 * @param projected whether it was stopped and the rest calculated
 * @param load the machine's load average, of the last minute, when it was measured
 */
record Sample(
    Row row,
    Contender contender,
    int roundTrip,
    Quantity quantity,
    double value,
    boolean projected,
    String note,
    double load) {}
