package io.relais.common;

import java.io.EOFException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * Says what went wrong to people, who need not know in which language the program is written: what
 * the JDK and libraries say in the name of an exception's class is said in words, and their
 * spelling of addresses and objects is left out.
 */
public final class Faults {
  private static final Pattern CLASS_NAME =
      Pattern.compile("\\b(?:[a-z]\\w*\\.){2,}[A-Z][\\w$]*(?::\\s*)?");

  private static final Pattern EXCEPTION = Pattern.compile("\\b[A-Z]\\w*Exception(?::\\s*)?");

  /** A host's name, if there is one, stands before the slash. */
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?<![\\w./\\]-])/(?=\\d{1,3}(?:\\.\\d{1,3}){3}\\b|\\[?[0-9a-f]*:[0-9a-f:]+)");

  private static final Pattern IDENTITY = Pattern.compile("@[0-9a-f]{6,}\\b");
  private static final Pattern STATE = Pattern.compile("\\[state=\\w+]");

  private Faults() {}

  /** In a few words on one line, without the name of a file that it is about. */
  public static String describe(Throwable failure) {
    return switch (failure) {
      case AccessDeniedException _ -> "permission denied";
      case NoSuchFileException e when e.getReason() == null -> "it is not there";
      case NotDirectoryException e when e.getReason() == null -> "it is not a directory";
      case FileAlreadyExistsException e when e.getReason() == null -> "it is there already";
      case DirectoryNotEmptyException _ -> "it is not empty";
      case FileSystemException e ->
          e.getReason() == null ? "the system gave no reason" : plain(e.getReason());
      case TimeoutException _, SocketTimeoutException _ -> "no answer in time";
      case UnknownHostException _ -> "the host's name has no address";
      case EOFException _, ClosedChannelException _ -> "the connection was closed";
      default -> {
        String message = failure.getMessage();
        String said = message == null ? "" : plain(message);
        yield said.isBlank() ? "no reason was given" : said;
      }
    };
  }

  /** The same with the file in front, where it is about one. */
  public static String withFile(Throwable failure) {
    return failure instanceof FileSystemException e && e.getFile() != null
        ? Printable.cut(e.getFile(), 4096) + ": " + describe(failure)
        : describe(failure);
  }

  /** A text without what only Java's programmers know. */
  static String plain(String text) {
    String said = text;
    for (Pattern pattern : new Pattern[] {CLASS_NAME, EXCEPTION, ADDRESS, IDENTITY, STATE}) {
      said = pattern.matcher(said).replaceAll("");
    }
    return said.strip();
  }
}
