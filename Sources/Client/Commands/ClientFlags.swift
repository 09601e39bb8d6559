import Audio
import Capture
import CommandLine

/// The flags of each command, in the order of its help.
enum ClientFlags {
  static let defaultURL = "ws://127.0.0.1:8000/api/audio/ws"

  static func flags(of command: Command) -> [Flag] {
    switch command {
    case .devices: devices
    case .mic: mic
    case .file: file
    case .simulate: simulate
    }
  }

  private static let server = [
    Flag(
      "url", "URL", variables: ["WS_URL", "AUDIO_URL"], fallback: defaultURL,
      "Address of the server: host, host:8000, https://host, or a WebSocket address."),
    Flag(
      "engine", "NAME", variables: ["AUDIO_CLIENT_ENGINE"],
      "Engine to request, such as mock or speech. Without it the server chooses."),
    Flag(
      "model", "NAME", variables: ["AUDIO_CLIENT_MODEL"],
      "Model to request, such as whisper-base. Without it the server chooses one that has the language."),
    Flag(
      "language", "CODE", variables: ["AUDIO_CLIENT_LANGUAGE"],
      "Language that is spoken, such as en or ru, or auto to have it found. Without it the server chooses."),
    Flag(
      "token", "TOKEN", variables: ["AUDIO_TOKEN"],
      "Access token. Prefer the environment variable: command lines are visible to other users."),
    Flag(
      "ca", "FILE", variables: ["AUDIO_CA"],
      "Certificates (PEM) to trust instead of the system's."),
    Flag(
      "no-retry", variables: ["AUDIO_NO_RETRY"],
      "Fail at once if the server is unavailable or the device disappears."),
  ]
  private static let output = Flag(
    "output", "KIND", variables: ["AUDIO_OUTPUT"], fallback: "text", choices: OutputKind.allCases.map(\.rawValue),
    "Format of the results: text, plain (text without times), srt or vtt (subtitles), utterances (a JSON object for each final text), json (one object per source), jsonl (every server message)."
  )
  private static let quiet = Flag(
    "quiet", variables: ["AUDIO_QUIET"], "Show no progress and no receipts, only results and what goes wrong.")
  private static let channel = Flag(
    "channel", "N", variables: ["AUDIO_CHANNEL"],
    "Send this channel alone, counted from 1, or several such as 1,2. For microphone arrays, and microphones on one side."
  )
  private static let chunk = Flag(
    "chunk-ms", "MS", variables: ["AUDIO_CHUNK_MS"], fallback: "100", "Milliseconds of audio in a chunk.")
  private static let spool = Flag(
    "spool-mb", "MB", variables: ["AUDIO_SPOOL_MB"], fallback: "1024",
    "Unanswered audio to keep on disk while no server is available.")

  private static let local = Flag(
    "local", variables: ["AUDIO_LOCAL"],
    "Start a server for this command alone, without a port, and end it with the command; with the engine speech unless --engine names another."
  )
  private static let loop = Flag(
    "loop", variables: ["AUDIO_LOOP"], "Send the files again and again until Ctrl-C.")

  /// Of the program without a command.
  static let withoutCommand = [loop] + mic

  private static func retryFor(_ fallback: String?, _ otherwise: String) -> Flag {
    Flag(
      "retry-for", "S", variables: ["AUDIO_RETRY_FOR"], fallback: fallback,
      "Seconds to look for an unavailable server before giving up." + otherwise)
  }

  static let mic =
    [
      Flag(
        "device", "NAME", variables: ["AUDIO_DEVICE"], fallback: "default",
        "Capture device: its name, its number in the list of \"devices\", or part of its name or description."),
      Flag("rate", "HZ", variables: ["AUDIO_RATE"], fallback: "16000", "Sample rate to send."),
      Flag(
        "channels", "N", variables: ["AUDIO_CHANNELS"], fallback: "1",
        "Channels to send; those of the device are mixed."),
      channel,
      Flag(
        "encoding", "NAME", variables: ["AUDIO_ENCODING"], fallback: "s16le",
        choices: SampleEncoding.allCases.map(\.rawValue), "Sample encoding to send."),
      chunk,
      Flag("duration", "S", variables: ["AUDIO_DURATION"], "Stop after this many seconds of audio."),
      Flag(
        "record", "FILE", variables: ["AUDIO_RECORD"],
        "Keep the sound in this file while it is sent; the name says the kind: \(RecordingFile.kinds.joined(separator: ", ")). A folder, such as sound/, gets a FLAC file an hour."
      ),
      Flag(
        "text-dir", "DIR", variables: ["AUDIO_TEXT_DIR"],
        "Write the texts into this folder instead of to stdout: a file a day, such as 2026-11-30.txt, that only its user reads."
      ),
      Flag(
        "keep-days", "N", variables: ["AUDIO_KEEP_DAYS"],
        "Delete files that were made in the folders of --text-dir and --record more than so many days ago. Without it: none."
      ),
      output, quiet, local, spool, retryFor(nil, " Without it: never."),
    ] + server + Flag.common

  static let file =
    [
      Flag(
        "speed", "SPEED", variables: ["AUDIO_SPEED"], choices: ["realtime", "fast"],
        "realtime, fast (as the server answers), or a factor such as 2.0. Without it: realtime, and a pipe as it comes."
      ),
      Flag(
        "raw", "FORMAT", variables: ["AUDIO_RAW"],
        "The files have no header, only samples: ENCODING:RATE:CHANNELS, such as s16le:16000:1."),
      Flag(
        "jobs", "N", variables: ["AUDIO_JOBS"],
        "Files to send at once, each over its own connection. Without it: with --speed fast one per processor, else 1."),
      channel,
      Flag(
        "encoding", "NAME", variables: ["AUDIO_ENCODING"],
        "Sample encoding to send, such as mulaw over a slow line. Without it the file's own."),
      chunk,
      output, quiet,
      Flag(
        "output-dir", "DIR", variables: ["AUDIO_OUTPUT_DIR"],
        "Write a file per source there, such as talk.srt for talk.wav, instead of to stdout."),
      loop,
      local,
      spool, retryFor("600", ""),
    ] + server + Flag.common

  static let simulate =
    [
      Flag("clients", "N", variables: ["AUDIO_CLIENTS"], fallback: "1", "Concurrent connections."),
      Flag("messages", "N", variables: ["MSGS", "AUDIO_MESSAGES"], fallback: "1000", "Chunks sent by each client."),
      Flag(
        "rate-ms", "MS", variables: ["RATE_MS", "AUDIO_RATE_MS"], fallback: "10",
        "Milliseconds between two chunks of a client. 0: as fast as the server answers."),
      Flag("chunk-bytes", "N", variables: ["AUDIO_CHUNK_BYTES"], fallback: "4096", "Bytes in a chunk."),
      Flag(
        "in-flight", "N", variables: ["AUDIO_IN_FLIGHT"], fallback: "64", "Unanswered chunks allowed for each client."),
      Flag("file", "PATH", variables: ["AUDIO_FILE"], "Send the audio of this file in a loop instead of noise."),
      Flag(
        "output", "KIND", variables: [], fallback: "text", choices: ["text", "json"],
        "Format of the report: text (a table) or json."),
    ] + server + Flag.common

  static let devices =
    [
      Flag(
        "output", "KIND", variables: [], fallback: "text", "Format of the list: text, or json (one array of objects).")
    ] + Flag.common
}
