import Glibc
import Metering
import Recognition
import Resampling
import Support
import Testing
import Wire

/// Recorded speech and what is said in it.
struct SpeechRecording: Sendable, CustomTestStringConvertible {
  var path: String
  var said: String

  var testDescription: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// The format and the samples' bytes of its 16-bit WAV file.
  func sound() throws -> (format: AudioFormat, bytes: [UInt8]) {
    let file = try #require(TextFile.bytes(path), "\(path) is missing: apt-get install pocketsphinx-testdata")
    let header = try #require(try file.withUnsafeBytes { try WaveHeader.parse($0) })
    let samples = file[header.samplesOffset...].prefix(header.sampleBytes ?? .max)
    return (header.format, Array(samples.prefix(samples.count / 2 * 2)))
  }

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

  /// Readings from Jane Austen, from LibriVox; Debian's pocketsphinx-testdata.
  static let austen: [SpeechRecording] = [
    (
      "0870",
      "and mister john dashwood had then leisure to consider how much there might be prudently in his power to do for them"
    ),
    ("0880", "he was not an ill disposed young man"),
    ("0890", "unless to be rather cold hearted and rather selfish is to be ill disposed"),
    ("0920", "had he married a more a amiable woman he might have been made still more respectable than he was"),
    ("0930", "he might even have been made amiable himself"),
  ].map { number, said in
    SpeechRecording(
      path: "/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-\(number).wav", said: said)
  }

  /// Cards named over a poor line; the same package.
  static let cards: [SpeechRecording] = [
    ("001", "ten of clubs"), ("002", "four queen of clubs"), ("003", "seven of clubs"), ("004", "five five"),
    ("005", "eight of spades four of clubs seven of hearts"),
  ].map { number, said in
    SpeechRecording(path: "/usr/share/pocketsphinx/test/data/cards/\(number).wav", said: said)
  }

  /// Beginnings of A Tale of Two Cities and of Worstward Ho, from the Moonshine wheel.
  static let twoCities = SpeechRecording(
    path: "\(SpeechSetup.folder)/recordings/two_cities.wav",
    said: """
      it was the best of times it was the worst of times it was the age of wisdom it was the age of foolishness it was the
      epoch of belief it was the epoch of incredulity it was the season of light it was the season of darkness it was the
      spring of hope it was the winter of despair we had everything before us we had nothing before us we were all going
      direct to heaven we were all going direct the other way in short the period was so far like the present period that
      some of its noisiest authorities insisted on its being received for good or for evil in the superlative degree of
      comparison only
      """)
  static let beckett = SpeechRecording(
    path: "\(SpeechSetup.folder)/recordings/beckett.wav",
    said: "ever tried ever failed no matter try again fail again fail better")
}

/// The engine as the tests use it: one, as in a worker.
enum SpeechSetup {
  static let folder = getenv("AUDIO_SPEECH_HOME").map { String(cString: $0) } ?? "\(TextFile.repository)/.deps/speech"
  static let home = SpeechHome(path: folder)

  /// Whether the tests with the real model run. In CI they do, and fail if it is missing.
  static let isThere = access("\(folder)/complete", R_OK) == 0 || getenv("CI") != nil
  static let reason: Comment = "the engine speech is not set up: Scripts/setup-speech"

  static func engine() throws -> SpeechEngine { try shared.get() }
  /// Let go of when the tests end, but before the library is: its thread may still be forgetting the last stream.
  nonisolated(unsafe) private static var shared: Result<SpeechEngine, any Error> = {
    let engine = Result { try SpeechEngine(home: home) }
    atexit { SpeechSetup.shared = .failure(CancellationError()) }
    return engine
  }()
}

/// What a client of one stream gets to see.
struct Told {
  var replies: [Hypothesis] = []
  var segments: [Segment] = []
  var text: String { segments.map(\.text).joined(separator: " ") }
}
