import CommandLine

/// The flags each command takes, in the order its help lists them.
enum ClientFlags {
  static let defaultURL = "ws://127.0.0.1:8000/api/audio/ws"

  private static let server = [
    Flag("url", "URL", variables: ["WS_URL", "AUDIO_URL"], fallback: defaultURL, "The server's WebSocket."),
    Flag(
      "engine", "NAME", variables: ["AUDIO_CLIENT_ENGINE"],
      "The engine to ask for, such as mock or speech; left out: the server's choice."),
    Flag(
      "token", "TOKEN", variables: ["AUDIO_TOKEN"],
      "Shown to the server to be let in; others on this machine see flags, not variables."),
    Flag("ca", "FILE", variables: ["AUDIO_CA"], "Trust servers by these certificates (PEM) instead of the system's."),
    Flag("no-retry", variables: ["AUDIO_NO_RETRY"], "Fail at once when the server is not there or the device goes."),
  ]
  private static let output = Flag(
    "output", "KIND", variables: ["AUDIO_OUTPUT"], fallback: "text",
    "What stdout carries: text (transcriptions), srt or vtt (subtitles), jsonl (every server message as it came), json (an object a stream)."
  )
  private static let chunk = Flag(
    "chunk-ms", "MS", variables: ["AUDIO_CHUNK_MS"], fallback: "100", "Milliseconds of sound in a chunk.")

  private static let spool = Flag(
    "spool-mb", "MB", variables: ["AUDIO_SPOOL_MB"], fallback: "1024",
    "Unanswered sound kept on disk while no server takes it.")
  private static func retryFor(_ fallback: String?, _ otherwise: String) -> Flag {
    Flag(
      "retry-for", "S", variables: ["AUDIO_RETRY_FOR"], fallback: fallback,
      "Seconds after which a server that is gone is given up" + otherwise)
  }

  static let mic =
    [
      Flag(
        "device", "NAME", variables: ["AUDIO_DEVICE"], fallback: "default",
        "The capture device, as \"devices\" lists it."),
      Flag("rate", "HZ", variables: ["AUDIO_RATE"], fallback: "16000", "Sample rate to send."),
      Flag("channels", "N", variables: ["AUDIO_CHANNELS"], fallback: "1", "Channels to send."),
      Flag("encoding", "NAME", variables: ["AUDIO_ENCODING"], fallback: "s16le", "Sample encoding to send."),
      chunk,
      Flag("duration", "S", variables: ["AUDIO_DURATION"], "Stop after so many seconds of sound."),
      output, spool, retryFor(nil, "; left out: never."),
    ] + server + Flag.common

  static let file =
    [
      Flag(
        "speed", "SPEED", variables: ["AUDIO_SPEED"], fallback: "realtime",
        "realtime, fast (as the server answers), or a factor such as 2.0."),
      Flag(
        "jobs", "N", variables: ["AUDIO_JOBS"],
        "Files sent at once, each over its own connection; left out: the processors' number with --speed fast, else 1."),
      chunk,
      output,
      Flag(
        "output-dir", "DIR", variables: ["AUDIO_OUTPUT_DIR"],
        "Write a file for each source there, such as talk.srt for talk.wav, instead of to stdout."),
      spool, retryFor("600", "."),
    ] + server + Flag.common

  static let simulate =
    [
      Flag("clients", "N", variables: ["AUDIO_CLIENTS"], fallback: "1", "Connections at once."),
      Flag("messages", "N", variables: ["MSGS", "AUDIO_MESSAGES"], fallback: "1000", "Chunks each of them sends."),
      Flag(
        "rate-ms", "MS", variables: ["RATE_MS", "AUDIO_RATE_MS"], fallback: "10",
        "Milliseconds between two chunks of a client; 0: as fast as the server answers."),
      Flag("chunk-bytes", "N", variables: ["AUDIO_CHUNK_BYTES"], fallback: "4096", "Bytes of a chunk."),
      Flag("in-flight", "N", variables: ["AUDIO_IN_FLIGHT"], fallback: "64", "Unanswered chunks a client may have."),
      Flag("file", "PATH", variables: ["AUDIO_FILE"], "Send this file's sound, over and over, instead of noise."),
      Flag("output", "KIND", variables: [], fallback: "text", "The report: text (a table) or json."),
    ] + server + Flag.common

  static let devices = Flag.common
}
