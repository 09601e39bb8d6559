/// What the rules take from the design rather than from Package.swift.
enum House {
  /// Modules that import nothing but modules of ours: no system, no C library.
  static let pure: Set<String> = ["JSON", "Contract"]

  /// C that is compiled here: every line of it is outside what Swift checks.
  static let written: Set<String> = ["CLLHTTP", "CPage"]

  /// No library of its own: the C library's macros and calls that Swift can't see. Imported wherever they are needed.
  static let shared: Set<String> = ["CLinux"]

  static let longestFile = 400
  static let longestReadme = 120
  static let mostColumns = 120
  static let mostStoredProperties = 12
  static let largestCircle = 3
  static let longestSubject = 72
  /// Subjects were longer up to this commit.
  static let lastWithLongSubjects = "19cdebd"

  /// Words that no name has, each with what to write instead.
  static let bannedWords: [String: String] = [
    "manager": "what it is or does", "helper": "what it is or does", "helpers": "what they are or do",
    "utils": "what they are or do", "util": "what it is or does", "utilities": "what they are or do",
    "misc": "what it is or does",
    // Metaphors that once had to be explained.
    "door": "mailbox", "commons": "registry, or what is shared", "desk": "mailbox", "inbox": "mailbox",

    "seat": "slot", "seats": "slots", "visitor": "client identity", "stranger": "untrusted client",
    "strangers": "untrusted clients", "gatekeeper": "access control", "comeback": "resume request",
    "departing": "migrating", "tally": "counters", "canary": "heartbeat", "pulse": "heartbeat",
    "suspicion": "crash history", "acquit": "release", "quicken": "resume", "vain": "misses", "bell": "wakeup",
    "feed": "source", "conversation": "connection machine", "axis": "timeline", "confinement": "sandbox",
  ]
}
