/// Who may import whom: the picture in ARCHITECTURE.md as a table.
enum House {
  struct Room: Sendable {
    /// Our own modules it may import.
    var ours: Set<String> = []
    /// C modules it may import, each in one file alone.
    var c: Set<String> = []
    /// The system's modules it may import beside `system`.
    var also: Set<String> = []
    /// Whether standard output is its own to write.
    var isProgram = false
  }

  /// In the order the sound travels.
  static let rooms: [String: Room] = [
    "Wire": Room(),
    "Metering": Room(ours: ["Wire"]),
    "Flags": Room(),
    "Resampling": Room(c: ["CSoxr"]),
    "Capture": Room(ours: ["Wire", "Metering", "Resampling"], c: ["CAlsa", "CSndFile"]),
    "WebSocket": Room(ours: ["Wire"], c: ["CWebSockets", "CEv", "CTls", "CReadTap"]),
    "WorkerLink": Room(ours: ["Wire", "Metering"]),
    "Recognition": Room(ours: ["Wire", "Metering", "Resampling"], c: ["CSherpaOnnx"]),
    "Server": Room(ours: ["Wire", "Metering", "Flags", "WebSocket", "WorkerLink"], c: ["CCrypto"], isProgram: true),
    "Worker": Room(ours: ["Wire", "Metering", "Flags", "WorkerLink", "Recognition"], isProgram: true),
    "Client": Room(
      ours: ["Wire", "Metering", "Flags", "Capture", "WebSocket"], also: ["FoundationEssentials"], isProgram: true),
  ]

  /// C of our own, where a library leaves nothing else: every line of it is outside what Swift checks.
  static let written: Set<String> = ["CReadTap"]

  /// What every room but Wire may import: the C library as Swift has it, and atomics.
  static let system: Set<String> = ["Glibc", "Synchronization", "CLinux"]
}
