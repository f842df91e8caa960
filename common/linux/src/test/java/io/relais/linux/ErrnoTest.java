package io.relais.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.junit.jupiter.api.Test;

class ErrnoTest {
  @Test
  void whatCallersTellApartHasATypeOfItsOwn() {
    assertThat(Errno.exception(Errno.ENOENT, "p")).isInstanceOf(NoSuchFileException.class);
    assertThat(Errno.exception(Errno.ENAMETOOLONG, "p")).isInstanceOf(NoSuchFileException.class);
    assertThat(Errno.exception(Errno.ENOTDIR, "p")).isInstanceOf(NotDirectoryException.class);
    assertThat(Errno.exception(Errno.ELOOP, "p")).isInstanceOf(NotDirectoryException.class);
    assertThat(Errno.exception(Errno.EACCES, "p")).isInstanceOf(AccessDeniedException.class);
    assertThat(Errno.exception(Errno.EPERM, "p")).isInstanceOf(AccessDeniedException.class);
  }

  @Test
  void everythingElseSaysWhatItIsAndWhere() {
    assertThat(Errno.exception(Errno.EIO, "the/path"))
        .isExactlyInstanceOf(FileSystemException.class)
        .hasMessage("the/path: input/output error");
    assertThat(Errno.exception(99, "p")).hasMessage("p: error number 99");
  }
}
