public import Audio
internal import Glibc

/// Recorded speech and what is said in it.
public struct SpeechRecording: Sendable, CustomStringConvertible {
  public var path: String
  public var said: String

  /// The file's name without its ending.
  public var name: String {
    String(path.split(separator: "/").last?.split(separator: ".").first ?? "")
  }
  public var description: String { name }

  /// The format and the samples' bytes of its 16-bit WAV file.
  public func sound() throws -> (format: AudioFormat, bytes: [UInt8]) {
    guard let file = TextFile.bytes(path), let header = try file.withUnsafeBytes({ try WaveHeader.parse($0) }) else {
      throw TestFailure("\(path) is missing: apt-get install pocketsphinx-testdata, and Scripts/setup-speech")
    }
    let samples = file[header.samplesOffset...].prefix(header.sampleBytes ?? .max)
    return (try header.format(), Array(samples.prefix(samples.count / 2 * 2)))
  }

  /// A word of it and when it is said, in seconds.
  public struct Word: Equatable, Sendable {
    public var word: String
    public var start: Double
    public var end: Double

    public init(word: String, start: Double, end: Double) {
      self.word = word
      self.start = start
      self.end = end
    }
  }

  /// All its words, as forced alignment found them.
  public func wordTimes() throws -> [Word] {
    let path = "\(TextFile.repository)/Benchmarks/Recordings/word_times.txt"
    guard let text = TextFile.read(path) else { throw TestFailure("\(path) is missing") }
    return try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count == 4, let start = Double(fields[1]), let end = Double(fields[2]) else {
        throw TestFailure("\(path): \(line)")
      }
      return fields[0].prefix { $0 != "." } == name ? Word(word: String(fields[3]), start: start, end: end) : nil
    }
  }

  /// Where the speech engine and the recordings that came with its model are.
  public static let folder =
    getenv("AUDIO_SPEECH_HOME").map { String(cString: $0) } ?? "\(TextFile.repository)/.deps/speech"

  /// Readings from Jane Austen, from LibriVox; Debian's pocketsphinx-testdata.
  public static let austen: [SpeechRecording] = [
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
  public static let cards: [SpeechRecording] = [
    ("001", "ten of clubs"), ("002", "four queen of clubs"), ("003", "seven of clubs"), ("004", "five five"),
    ("005", "eight of spades four of clubs seven of hearts"),
  ].map { number, said in
    SpeechRecording(path: "/usr/share/pocketsphinx/test/data/cards/\(number).wav", said: said)
  }

  /// Beginnings of A Tale of Two Cities and of Worstward Ho, from the Moonshine wheel.
  public static let twoCities = SpeechRecording(
    path: "\(folder)/recordings/two_cities.wav",
    said: """
      it was the best of times it was the worst of times it was the age of wisdom it was the age of foolishness it was the
      epoch of belief it was the epoch of incredulity it was the season of light it was the season of darkness it was the
      spring of hope it was the winter of despair we had everything before us we had nothing before us we were all going
      direct to heaven we were all going direct the other way in short the period was so far like the present period that
      some of its noisiest authorities insisted on its being received for good or for evil in the superlative degree of
      comparison only
      """)
  public static let beckett = SpeechRecording(
    path: "\(folder)/recordings/beckett.wav",
    said: "ever tried ever failed no matter try again fail again fail better")
}
