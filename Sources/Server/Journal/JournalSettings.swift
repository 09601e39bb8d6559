import CommandLine
import Platform

/// Whether and how sessions are kept for a server that starts anew.
struct JournalSettings {
  enum Sync: String, CaseIterable {
    /// Written once a second: a server that is killed loses up to a second of what it had acknowledged.
    case none
    /// Written four times a second, to the system's memory: what is written survives the end of the process.
    case os
    /// The same, and each write reaches the disk: it survives a power failure, too.
    case always

    /// How often what has changed is written.
    var interval: Duration { self == .none ? .seconds(1) : .milliseconds(250) }
  }

  var folder: String
  var sync: Sync
  /// What the file with the key says; nil: the files are not encrypted.
  var key: [UInt8]?

  static let flags = [
    Flag(
      "journal", "DIR", variables: ["AUDIO_JOURNAL"],
      "Keep the sessions of clients that sent start in this folder, with what they said and the audio that is not settled: they go on when the server is killed and started anew. Not kept without it; not for servers with --broker, where the workers keep them."
    ),
    Flag(
      "journal-sync", "WHEN", variables: ["AUDIO_JOURNAL_SYNC"], fallback: "os", choices: Sync.allCases.map(\.rawValue),
      "What the journal survives: none, a killed server except its last second; os, a killed server; always, also a power failure."
    ),
    Flag(
      "journal-key", "FILE", variables: ["AUDIO_JOURNAL_KEY"],
      "Encrypt the journal with a key made of this file's bytes, 32 or more. Default: the systemd credential journal-key, if the service has it."
    ),
  ]

  /// Nil: no journal is kept.
  init?(_ settings: Settings) throws(UsageError) {
    guard let folder = settings.string("journal") else { return nil }
    guard let sync = try settings.choice("journal-sync", of: Sync.self) else {
      preconditionFailure("This flag has a default.")
    }
    self.folder = folder
    self.sync = sync
    let credential = environmentVariable("CREDENTIALS_DIRECTORY").map { "\($0)/journal-key" }
    guard let path = settings.string("journal-key") ?? credential.flatMap({ JournalFolder.has($0) ? $0 : nil }) else {
      return
    }
    guard let bytes = try? SmallFile.bytes(of: path, upTo: Self.longestKeyBytes), bytes.count >= Self.shortestKeyBytes
    else {
      let form = "a file with at least \(Self.shortestKeyBytes) bytes"
      guard settings.string("journal-key") == nil else { throw settings.refuse("journal-key", allowed: form) }
      throw UsageError("the credential journal-key", given: path, allowed: form)
    }
    key = bytes
  }

  private static let shortestKeyBytes = 32
  private static let longestKeyBytes = 4096
}
