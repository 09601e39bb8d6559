import CommandLine
import Platform

/// How the workers run the engine `speech`.
struct SpeechSettings {
  /// Names of models or their folders; empty for those that were installed with it.
  var models: [String]
  /// The language of streams that name none; nil: whichever is spoken, if a model tells.
  var language: String?
  /// Its folder; nil if a worker finds it itself.
  var home: String?
  /// Utterances that each worker decodes at the same time.
  var decodeThreads: Int

  static let flags = [
    Flag(
      "decode-threads", "N", variables: ["AUDIO_DECODE_THREADS"],
      "Utterances that each worker decodes at the same time, each on a thread with its own copy of the model. A stream stays on one thread. Default: processors divided by --workers, but one for each 512 MiB of --worker-memory at most."
    )
  ]

  /// - Parameters:
  ///   - workers: how many processes there are.
  ///   - memory: what each may use, in MiB.
  init(_ settings: Settings, workers: Int, memory: Int) throws(UsageError) {
    models = settings.names("models") + (settings.string("model").map { [$0] } ?? [])
    language = settings.string("language")
    home = settings.string("speech-home")
    decodeThreads =
      try settings.integer("decode-threads", in: Self.threadCounts)
      ?? Self.standardThreads(processors: processorCount(), workers: workers, memory: memory)
  }

  private static let threadCounts = 1...64

  /// What a thread's copies of Moonshine and Whisper base take, in MiB.
  private static let threadMemory = 512

  /// A thread for each processor of a worker's share, if there is memory for their models.
  static func standardThreads(processors: Int, workers: Int, memory: Int) -> Int {
    min(max(1, min(processors / workers, memory / threadMemory)), threadCounts.upperBound)
  }

  /// Flags of `audio-worker --check`, and of each worker.
  var arguments: [String] {
    (models.isEmpty ? [] : ["--models", models.joined(separator: ",")])
      + (language.map { ["--language", $0] } ?? []) + (home.map { ["--speech-home", $0] } ?? [])
  }

  /// Further flags of each worker.
  var workerArguments: [String] { ["--decode-threads", "\(decodeThreads)"] }
}
