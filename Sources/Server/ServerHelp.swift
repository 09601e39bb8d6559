import CommandLine
import Platform

/// The help and the manual of the server.
enum ServerHelp {
  private static let summary = "a WebSocket server that measures and transcribes audio streams"
  private static let notes = [
    """
    A flag wins over its environment variable, and that over the file of --config. Streams connect to /api/audio/ws. GET /api/audio/health reports health, \
    GET /api/audio/engines the engines.
    """,
    """
    Exit status: 0 everything received was answered; 1 the server could not start, or something was left unanswered; \
    2 usage error.
    """,
  ]

  static var manual: Manual {
    Manual(
      "audio-server", version: serviceVersion, summary: summary,
      commands: [
        Manual.Command("", flags: ServerSettings.flags, "Serve until a signal ends it."),
        Manual.Command(
          "token", operands: "add|list|remove [NAME] [FLAGS]", flags: TokenCommand.flags,
          words: TokenCommand.verbs, "Manage the access tokens of a server started with --auth-tokens."),
        Manual.Command(
          "certificate", operands: "--host NAMES [FLAGS]", flags: CertificateCommand.flags,
          "Make a local authority and a certificate, for phones on this network."),
        Manual.Command(
          "check-config", flags: [ServerSettings.config], "Check the configuration file and all other settings."),
        Manual.Command(
          "broker", operands: "user|init [NAME] [FLAGS]", flags: BrokerCommand.flags, words: BrokerCommand.verbs,
          "Print the user of a machine, with its rights, for the configuration of a broker; make the directory there."),
      ], notes: notes)
  }

  static func text(width: Int) -> String {
    let groups = ServerSettings.groups.map { "\($0.title):\n\(Flag.table($0.flags, width: width))" }
    return """
      audio-server: \(summary).

      Usage: audio-server [FLAGS]

      \(HelpText.table([
        ("token …", "Manage access tokens: see audio-server token --help."),
        ("check-config …", "Check all settings without starting: see audio-server check-config --help."),
        ("certificate …", "Make a certificate for phones on this network: see audio-server certificate --help."),
        ("broker …", "Print the users of a broker, make the directory there: see audio-server broker --help."),
      ] + Manual.ownCommands, width: width))

      \(groups.joined(separator: "\n\n"))

      \(notes.map { HelpText.paragraph($0, width: width) }.joined(separator: "\n"))
      """
  }
}
