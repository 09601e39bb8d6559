/// A RIFF header read as it comes, each byte looked at once: a peer may send a long one in the smallest pieces.
///
/// The chunks are walked as Microsoft's "Multimedia Programming Interface and Data Specifications 1.0" lays them out:
/// an id of four bytes, a length, contents padded to an even length; `fmt ` comes before `data`. Many writers forget
/// the padding. It is 0, and an id begins with a printable letter, so both are read.
public struct WaveHeaderReader: Sendable {
  private enum Place: Sendable {
    /// In `RIFF`, a length, `WAVE`.
    case beginning
    /// In bytes that say nothing about the samples: so many more.
    case skipping(Int)
    /// In the id and length of a chunk, or in the padding before it.
    case head
    /// In the lengths of 64 bits of a `ds64` chunk that is so long.
    case wideLengths(length: Int)
    /// In what counts of a `fmt ` chunk that is so long.
    case coding(length: Int)
  }

  /// The lengths of the file and of the samples begin a `ds64` chunk.
  private static let wideLengthsBytes = 16

  private let limitBytes: Int
  private var place = Place.beginning
  private var held: [UInt8] = []
  private var isBigEndian = false
  /// The chunk before had an odd length.
  private var isOdd = false
  private var coding: WaveCoding?
  private var codingPlace = 0..<0
  private var wideBytes: Int?
  /// Bytes of the stream looked at so far.
  public private(set) var offset = 0

  /// - Parameter limitBytes: of the header.
  public init(limitBytes: Int = WaveHeader.largestBytes) { self.limitBytes = limitBytes }

  /// A reader that has taken `bytes`, fewer than decide whether this is a header.
  init(beginning bytes: [UInt8]) {
    precondition(bytes.count < WaveHeader.beginningBytes, "The beginning is not complete yet.")
    self.init()
    held = bytes
    offset = bytes.count
  }

  /// Takes what comes next; nil while the header is not all there.
  public mutating func take(_ bytes: UnsafeRawBufferPointer) throws(WaveHeaderError) -> WaveHeader? {
    var rest = bytes[...]
    while true {
      switch place {
      case .beginning:
        guard hold(WaveHeader.beginningBytes, of: &rest) else { return nil }
        isBigEndian = held.starts(with: "RIFX".utf8)
        place = try step(over: 0)
      case .skipping(let count):
        let skipped = min(count, rest.count)
        rest = rest.dropFirst(skipped)
        offset += skipped
        guard skipped == count else {
          place = .skipping(count - skipped)
          return nil
        }
        place = .head
      case .head:
        try skipPadding(&rest)
        guard hold(8, of: &rest) else { return nil }
        if isOdd, isPaddedWithGarbage { dropFirstHeld() } else if let header = try readHead() { return header }
      case .wideLengths(let length):
        let used = min(length, Self.wideLengthsBytes)
        guard hold(used, of: &rest) else { return nil }
        if used == Self.wideLengthsBytes { wideBytes = number(held[8...]) }
        place = try step(over: length - used)
      case .coding(let length):
        let used = min(length, WaveCoding.readBytes)
        guard hold(used, of: &rest) else { return nil }
        coding = WaveCoding(held, bigEndian: isBigEndian)
        codingPlace = (offset - used)..<(offset - used + length)
        place = try step(over: length - used)
      }
    }
  }

  public mutating func take(_ bytes: [UInt8]) throws(WaveHeaderError) -> WaveHeader? {
    let result: Result<WaveHeader?, WaveHeaderError> = bytes.withUnsafeBytes { bytes in
      do throws(WaveHeaderError) { return .success(try take(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// The bytes that come next and say nothing: a reader of a file may pass over them.
  public mutating func skip() -> Int {
    guard case .skipping(let count) = place else { return 0 }
    offset += count
    place = .head
    return count
  }

  /// Whether the first `count` bytes from here on are held.
  private mutating func hold(_ count: Int, of rest: inout Slice<UnsafeRawBufferPointer>) -> Bool {
    let taken = rest.prefix(count - held.count)
    held.append(contentsOf: taken)
    offset += taken.count
    rest = rest.dropFirst(taken.count)
    return held.count == count
  }

  private mutating func skipPadding(_ rest: inout Slice<UnsafeRawBufferPointer>) throws(WaveHeaderError) {
    guard held.isEmpty else { return }
    let padding = rest.prefix { $0 == 0 }.count
    rest = rest.dropFirst(padding)
    offset += padding
    guard offset <= limitBytes else { throw tooLong }
  }

  /// A padding byte should be 0 and is not always: then an id that matters is one byte further.
  private var isPaddedWithGarbage: Bool {
    func matters(_ id: ArraySlice<UInt8>) -> Bool { ["fmt ", "data", "LIST"].contains { $0.utf8.elementsEqual(id) } }
    return !matters(held[..<4]) && matters(held[1..<5])
  }

  private mutating func dropFirstHeld() {
    held.removeFirst()
    isOdd = false
  }

  private func number(_ bytes: ArraySlice<UInt8>) -> Int {
    let value: UInt64 =
      isBigEndian ? bytes.reduce(0) { $0 << 8 | UInt64($1) } : bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    return Int(clamping: value)
  }

  private mutating func readHead() throws(WaveHeaderError) -> WaveHeader? {
    let id = String(decoding: held[..<4], as: UTF8.self)
    let length = number(held[4...])
    held.removeAll(keepingCapacity: true)
    isOdd = length % 2 == 1
    switch id {
    case "data":
      guard let coding else { throw WaveHeaderError(message: "WAV header: \"data\" comes before \"fmt \"") }
      return WaveHeader(
        coding: coding, isBigEndian: isBigEndian, samplesOffset: offset,
        statedBytes: length == 0xFFFF_FFFF ? wideBytes ?? length : length, codingPlace: codingPlace)
    case "fmt ":
      guard length >= WaveCoding.leastBytes else {
        throw WaveHeaderError(
          message: "WAV header: \"fmt \" has \(length) bytes; at least \(WaveCoding.leastBytes) are needed")
      }
      place = .coding(length: length)
    case "ds64": place = .wideLengths(length: length)
    default: place = try step(over: length)
    }
    return nil
  }

  private mutating func step(over count: Int) throws(WaveHeaderError) -> Place {
    held.removeAll(keepingCapacity: true)
    guard count <= limitBytes - offset else { throw tooLong }
    return .skipping(count)
  }

  private var tooLong: WaveHeaderError {
    WaveHeaderError(message: "WAV header: no samples in the first \(limitBytes) bytes, the longest header taken")
  }
}
