import CommandLine

/// The help texts.
enum Help {
  static let statuses = """
    Exit status: 0 everything sent was answered; 1 something was lost, failed or not there;
    2 the command line is wrong; 3 no capture device, or it has gone.
    """

  static let overall = """
    audio-client: speak or stream, and see the transcription.

    Usage: audio-client [COMMAND] [FLAGS]

      (none)      The default microphone if one opens, else the bundled recording; takes the flags of mic.
      devices     List the capture devices that can be opened.
      mic         Send a microphone's sound until Ctrl-C, or for --duration seconds.
      file PATH…  Send audio files; - is stdin.
      simulate    Put load on a server: many clients, noise or a file's sound.

    audio-client COMMAND --help lists a command's flags. Each has an environment variable; the flag wins.

    Results go to stdout, everything else to stderr. Ctrl-C ends in good order: what was recorded is sent and the
    server's receipt awaited and compared; a second Ctrl-C ends at once. A reader that closes stdout ends it quietly.

    \(statuses)

      --help     Show this help and exit.
      --version  Show the version and exit.
    """

  static func text(for command: Command) -> String {
    switch command {
    case .devices:
      page(
        "devices", "List the capture devices that can be opened: name, description, native rates, channels, formats.",
        ClientFlags.devices)
    case .mic:
      page(
        "mic [FLAGS]",
        "Send a microphone's sound until Ctrl-C. A device or server that goes away is waited for, and what was lost is told.",
        ClientFlags.mic)
    case .file:
      page(
        "file PATH… [FLAGS]",
        "Send audio files (WAV, FLAC, OGG, MP3, AIFF and what else libsndfile reads); - is stdin. Results come in the files' order.",
        ClientFlags.file)
    case .simulate:
      page(
        "simulate [FLAGS]", "Put load on a server and report what was sent, answered and lost, and how long it took.",
        ClientFlags.simulate)
    }
  }

  private static func page(_ usage: String, _ what: String, _ flags: [Flag]) -> String {
    """
    Usage: audio-client \(usage)

    \(what)

    \(Flag.table(flags))

    \(statuses)
    """
  }
}
