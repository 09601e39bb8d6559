import CommandLine

/// The help texts.
enum Help {
  private static let statuses = """
    Exit status: 0 everything sent was answered; 1 something was lost, failed or is unavailable; 2 usage error; \
    3 no capture device, or it disappeared.
    """

  static func overall(width: Int) -> String {
    """
    audio-client: stream a microphone or files to a server and get live transcription.

    Usage: audio-client [COMMAND] [FLAGS]

    \(table([
      ("(none)", "The default microphone if it opens, else the bundled recording. Takes the flags of mic."),
      ("devices", "List the capture devices."),
      ("mic", "Send a microphone until Ctrl-C, or for --duration seconds."),
      ("file PATH…", "Send audio files; - is standard input."),
      ("simulate", "Put load on a server: many clients that send noise or a file."),
    ], width: width))

    \(paragraph("""
      audio-client COMMAND --help lists the flags of a command. Each has an environment variable; the flag wins.
      """, width: width))

    \(paragraph("""
      Results go to stdout, everything else to stderr. Ctrl-C shuts down cleanly: recorded audio is sent, and the \
      server's receipt is awaited and compared. A second Ctrl-C ends at once.
      """, width: width))

    \(paragraph(statuses, width: width))

    \(table([("--help", "Show this help and exit."), ("--version", "Show the version and exit.")], width: width))
    """
  }

  static func text(for command: Command, width: Int) -> String {
    """
    Usage: audio-client \(usage(of: command))

    \(paragraph(summary(of: command), width: width))

    \(Flag.table(ClientFlags.flags(of: command), width: width))

    \(paragraph(statuses, width: width))
    """
  }

  private static func usage(of command: Command) -> String {
    switch command {
    case .devices: "devices [FLAGS]"
    case .mic: "mic [FLAGS]"
    case .file: "file PATH… [FLAGS]"
    case .simulate: "simulate [FLAGS]"
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

  private static func paragraph(_ text: String, width: Int) -> String {
    TextCells.wrap(text, to: width).joined(separator: "\n")
  }

  private static func table(_ rows: [(String, String)], width: Int) -> String {
    let first = (rows.map(\.0.count).max() ?? 0) + 4
    return rows.map { head, text in
      TextCells.wrap(text, to: max(20, width - first)).enumerated().map { index, line in
        let left = index == 0 ? "  \(head)" : ""
        return left + String(repeating: " ", count: first - left.count) + line
      }.joined(separator: "\n")
    }.joined(separator: "\n")
  }
}
