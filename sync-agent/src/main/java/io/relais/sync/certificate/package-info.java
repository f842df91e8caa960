/** Whether certificates and private keys belong together. */
@NullMarked
package io.relais.sync.certificate;

import org.jspecify.annotations.NullMarked;
