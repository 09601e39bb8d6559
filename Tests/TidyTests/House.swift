/// Who may import whom: the picture in ARCHITECTURE.md as a table.
enum House {
  struct Room: Sendable {
    /// Our own modules it may import.
    var ours: Set<String> = []
    /// C modules it may import, each in one file alone of the module.
    var c: Set<String> = []
    /// The system's modules it may import beside `system`.
    var also: Set<String> = []
    /// Whether standard output is its own to write.
    var isProgram = false
  }

  /// In the order the sound travels.
  static let rooms: [String: Room] = [
    "Platform": Room(ours: ["JSON"]),
    "JSON": Room(),
    "Audio": Room(ours: ["Platform"]),
    "CommandLine": Room(ours: ["Platform"]),
    "IO": Room(ours: ["Platform"], c: ["CEv"]),
    "Resampling": Room(c: ["CSoxr"]),
    "Recognition": Room(ours: ["Audio", "JSON", "Platform", "Resampling"], c: ["CSherpaOnnx"]),
    "Capture": Room(ours: ["Audio", "Resampling", "Platform"], c: ["CAlsa", "CSndFile"]),
    "Web": Room(ours: ["IO", "Platform"]),
    "WebSocket": Room(ours: ["IO", "Web", "Platform"], c: ["CWebSockets", "COpenSSL", "CReadTap"]),
    "WorkerLink": Room(ours: ["Audio", "Recognition", "Platform"]),
    "Contract": Room(ours: ["Audio", "JSON"]),
    "Server": Room(
      ours: [
        "Platform", "CommandLine", "JSON", "Audio", "Contract", "Recognition", "IO", "Web", "WebSocket", "WorkerLink",
      ], c: ["COpenSSL"], isProgram: true),
    "Worker": Room(
      ours: ["Platform", "CommandLine", "JSON", "Audio", "Contract", "IO", "Recognition", "WorkerLink"],
      isProgram: true),
    "Client": Room(
      ours: ["Platform", "CommandLine", "JSON", "Audio", "Contract", "Capture", "IO", "Web", "WebSocket"],
      also: ["FoundationEssentials"], isProgram: true),
  ]

  /// C of our own, where a library leaves nothing else: every line of it is outside what Swift checks.
  static let written: Set<String> = ["CReadTap"]

  /// What every room but JSON may import: the C library as Swift has it, and atomics.
  static let system: Set<String> = ["Glibc", "Synchronization", "CLinux"]
}
