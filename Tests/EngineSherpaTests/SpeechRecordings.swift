import Audio
import EngineSherpa
import Glibc
import Recognition
import Resampling
import Support
import Testing

extension SpeechRecording {
  /// The same sound in another format, all channels alike.
  func sound(in format: AudioFormat) throws -> [UInt8] {
    let (own, bytes) = try sound()
    var floats: [Float] = []
    bytes.withUnsafeBytes { SampleDecoder.append($0, encoding: own.encoding, to: &floats) }
    if own.sampleRate != format.sampleRate {
      var resampler = try Resampler(from: own.sampleRate, to: format.sampleRate, channels: 1)
      var converted: [Float] = []
      floats.withUnsafeBufferPointer { resampler.process($0) { converted += $0 } }
      resampler.finish { converted += $0 }
      floats = converted
    }
    return floats.flatMap { sample in
      Array(repeating: Self.bytes(of: sample, format.encoding), count: format.channels).joined()
    }
  }

  private static func bytes(of sample: Float, _ encoding: SampleEncoding) -> [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let value = Double(max(-0.999, min(0.999, sample)))
    switch encoding {
    case .u8: return [UInt8(value * 128 + 128)]
    case .s16le: return little(Int(value * 0x1p15), 2)
    case .s24le: return little(Int(value * 0x1p23), 3)
    case .s32le: return little(Int(value * 0x1p31), 4)
    case .s24in32le: return little(Int(value * 0x1p23), 4)
    case .f32le: return little(Int(sample.bitPattern), 4)
    case .mulaw: return [nearest(Int16(value * 0x1p15), encoding)]
    case .alaw: return [nearest(Int16(value * 0x1p15), encoding)]
    }
  }

  /// The code whose decoded value is nearest: slow, and needs no encoder.
  private static func nearest(_ sample: Int16, _ encoding: SampleEncoding) -> UInt8 {
    let code = decoded[encoding]?.enumerated().min {
      abs($0.element - Float(sample) / 32768) < abs($1.element - Float(sample) / 32768)
    }
    return UInt8(code?.offset ?? 0)
  }

  private static let decoded: [SampleEncoding: [Float]] = {
    var table: [SampleEncoding: [Float]] = [:]
    for encoding in [SampleEncoding.mulaw, .alaw] {
      var floats: [Float] = []
      Array(UInt8.min...UInt8.max).withUnsafeBytes { SampleDecoder.append($0, encoding: encoding, to: &floats) }
      table[encoding] = floats
    }
    return table
  }()
}

/// The engine as the tests use it: one, as in a worker.
enum SpeechSetup {
  static let folder = SpeechRecording.folder
  static let home = SpeechHome(path: folder)

  /// Whether the tests with the real model run. In CI they do, and fail if it is missing.
  static let isThere = access("\(folder)/complete", R_OK) == 0 || getenv("CI") != nil
  static let isMultilingual = access("\(folder)/models/whisper-base/model.json", R_OK) == 0
  static let reason: Comment = "the engine speech is not set up: Scripts/setup-speech"

  static func engine() throws -> SpeechEngine { try shared.get() }
  static func engine(decodeThreads: Int) throws -> SpeechEngine {
    try SpeechEngine(
      home: home, .init(models: ["\(folder)/models/moonshine-tiny-en"], decodeThreads: decodeThreads))
  }
  /// Let go of when the tests end, but before the library is: its thread may still be forgetting the last stream.
  nonisolated(unsafe) private static var shared: Result<SpeechEngine, any Error> = {
    let engine = Result { try SpeechEngine(home: home, .init(models: ["\(folder)/models/moonshine-tiny-en"])) }
    atexit { SpeechSetup.shared = .failure(CancellationError()) }
    return engine
  }()
}

/// The updates of one stream, as its client sees them.
struct Transcript {
  var updates: [TranscriptUpdate] = []
  var checkpoints: [Checkpoint] = []
  /// Finals with text, in order.
  var segments: [Segment] { updates.filter { $0.isFinal && !$0.segment.text.isEmpty }.map(\.segment) }
  var text: String { segments.map(\.text).joined(separator: " ") }
}
