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
  /// How long a model stays that no stream uses.
  var modelIdle: Duration
  /// Heap of a worker above which such models are given back sooner, in MiB; nil: none.
  var modelMemory: Int?

  static let flags = [
    Flag(
      "decode-threads", "N", variables: ["AUDIO_DECODE_THREADS"],
      "Utterances that each worker decodes at the same time, each on a thread with its own copy of the model. A stream stays on one thread. Default: processors divided by --workers, but one for each 512 MiB of --worker-memory at most."
    ),
    Flag(
      "model-idle", "S", variables: ["AUDIO_MODEL_IDLE"], fallback: "300",
      "Seconds after which a worker gives back a model that no stream uses, but not that of streams that name none. It is loaded again when it is wanted."
    ),
    Flag(
      "model-memory-mib", "MIB", variables: ["AUDIO_MODEL_MEMORY_MIB"],
      "Heap of a worker above which such models are given back sooner, the least recently used first, when another is loaded. Models of open streams are loaded even so. Default: none."
    ),
  ]

  /// - Parameters:
  ///   - workers: how many processes there are.
  ///   - memory: what each may use, in MiB.
  init(_ settings: Settings, workers: Int, memory: Int) throws(UsageError) {
    guard let modelIdle = try settings.seconds("model-idle", in: 1...1e6) else {
      preconditionFailure("This flag has a default.")
    }
    self.modelIdle = modelIdle
    modelMemory = try settings.integer("model-memory-mib", in: 1...1 << 20)
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
  var workerArguments: [String] {
    ["--decode-threads", "\(decodeThreads)", "--model-idle", "\(modelIdle / .seconds(1))"]
      + (modelMemory.map { ["--model-memory-mib", "\($0)"] } ?? [])
  }
}
