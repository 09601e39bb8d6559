internal import Glibc

/// Whether programs and tests are instrumented (Scripts/sanitize): most of their memory is the sanitizer's, and workers
/// do without some layers of their sandbox.
public enum Sanitizer {
  public static let isOn = getenv("SANITIZER") != nil
}
