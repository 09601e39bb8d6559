internal import Glibc

/// What Scripts/setup-speech brings.
public enum SpeechFiles {
  public static let home = "\(TextFile.repository)/.deps/speech"
  public static let isThere = access("\(home)/complete", R_OK) == 0
  /// In CI they are there, or the test fails.
  public static let areExpected = isThere || getenv("CI") != nil
  public static let reason = "the engine speech is not set up: Scripts/setup-speech"
}
