package io.relais.sync.openssh;

import com.google.common.collect.ImmutableList;

/**
 * What a host can be expected to show, to order the host-key algorithms by: OpenSSH puts first the
 * certificate algorithms if {@code authorities}, and the algorithms of {@code plain}.
 *
 * @param plain types of its own keys such as {@code ssh-rsa}, in file order, each once
 * @param authorities whether a {@code @cert-authority} line matches
 */
public record KnownKeyTypes(ImmutableList<String> plain, boolean authorities) {}
