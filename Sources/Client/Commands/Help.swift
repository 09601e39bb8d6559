import CommandLine
import Platform

/// The help texts.
enum Help {
  static let summary = "stream a microphone or files to a server and get live transcription"

  private static let statuses = """
    Exit status: 0 everything sent was answered; 1 something was lost, failed or is unavailable; 2 usage error; \
    3 no capture device, or it disappeared.
    """
  private static let variables = """
    audio-client COMMAND --help lists the flags of a command. Each has an environment variable; the flag wins.
    """
  private static let outputs = """
    Results go to stdout, everything else to stderr. Ctrl-C shuts down cleanly: recorded audio is sent, and the server's \
    receipt is awaited and compared. A second Ctrl-C ends at once.
    """
  private static let withoutCommand = """
    The default microphone if it opens, else the bundled recording. Takes the flags of mic, and --loop.
    """

  static var manual: Manual {
    Manual(
      "audio-client", version: serviceVersion, summary: summary,
      commands: [Manual.Command("", flags: ClientFlags.withoutCommand, withoutCommand)]
        + Command.allCases.map { command in
          Manual.Command(
            command.rawValue, operands: operands(of: command), flags: ClientFlags.flags(of: command),
            takesFiles: command == .file, summary(of: command))
        }, notes: [variables, outputs, statuses])
  }

  static func overall(width: Int) -> String {
    let commands = Command.allCases.map { command in
      (command == .file ? "file PATH…" : command.rawValue, brief(command))
    }
    return """
      audio-client: \(summary).

      Usage: audio-client [COMMAND] [FLAGS]

      \(HelpText.table([("(none)", withoutCommand)] + commands + Manual.ownCommands, width: width))

      \(HelpText.paragraph(variables, width: width))

      \(HelpText.paragraph(outputs, width: width))

      \(HelpText.paragraph(statuses, width: width))

      \(Flag.table(Flag.common, width: width))
      """
  }

  static func text(for command: Command, width: Int) -> String {
    """
    Usage: audio-client \(command.rawValue) \(operands(of: command))

    \(HelpText.paragraph(summary(of: command), width: width))

    \(Flag.table(ClientFlags.flags(of: command), width: width))

    \(HelpText.paragraph(statuses, width: width))
    """
  }

  private static func operands(of command: Command) -> String { command == .file ? "PATH… [FLAGS]" : "[FLAGS]" }

  private static func brief(_ command: Command) -> String {
    switch command {
    case .devices: "List the capture devices."
    case .mic: "Send a microphone until Ctrl-C, or for --duration seconds."
    case .file: "Send audio files; - is standard input."
    case .simulate: "Put load on a server: many clients that send noise or a file."
    }
  }

  private static func summary(of command: Command) -> String {
    switch command {
    case .devices:
      """
      List the capture devices that can be opened, with those of the sound server: number, name, description, native \
      rates, channels and formats.
      """
    case .mic:
      """
      Send a microphone until Ctrl-C. If the device or the server disappears, the client waits for it and reports lost \
      audio.
      """
    case .file:
      """
      Send audio files: WAV, FLAC, OGG, MP3, AIFF and other formats of libsndfile; - is standard input. Results are in \
      the order of the files.
      """
    case .simulate: "Put load on a server, and report what was sent, answered and lost, and how long it took."
    }
  }
}
