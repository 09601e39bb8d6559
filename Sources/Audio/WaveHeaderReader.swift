/// A RIFF header read as it comes, each byte looked at once: a peer may send a long one in the smallest pieces.
///
/// The chunks are walked as Microsoft's "Multimedia Programming Interface and Data Specifications 1.0" lays them out:
/// an id of four bytes, a length, contents padded to an even length; `fmt ` comes before `data`.
struct WaveHeaderReader: Sendable {
  private enum Place: Sendable {
    /// In bytes that say nothing about the samples: so many more.
    case skipping(Int)
    /// In the id and length of a chunk.
    case head
    /// In what counts of a `fmt ` chunk that is so long.
    case format(length: Int)
  }

  /// The sub-format of WAVE_FORMAT_EXTENSIBLE ends what is read of a `fmt ` chunk.
  private static let formatBytes = 26

  private var place = Place.skipping(12)
  private var held: [UInt8] = []
  private var format: AudioFormat?
  /// Bytes of the stream looked at so far.
  private(set) var offset = 0

  /// Takes what comes next; nil while the header is not all there.
  mutating func take(_ bytes: UnsafeRawBufferPointer) throws(WaveHeaderError) -> WaveHeader? {
    var rest = bytes[...]
    while true {
      switch place {
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
        guard hold(8, of: &rest) else { return nil }
        if let header = try readHead() { return header }
      case .format(let length):
        let used = min(length, Self.formatBytes)
        guard hold(used, of: &rest) else { return nil }
        let read: Result<AudioFormat, WaveHeaderError> = held.withUnsafeBytes { fields in
          do throws(WaveHeaderError) { return .success(try WaveHeader.readFormat(fields)) } catch {
            return .failure(error)
          }
        }
        format = try read.get()
        place = try step(over: length + length & 1 - used)
      }
    }
  }

  /// Whether the first `count` bytes from here on are held.
  private mutating func hold(_ count: Int, of rest: inout Slice<UnsafeRawBufferPointer>) -> Bool {
    let taken = rest.prefix(count - held.count)
    held.append(contentsOf: taken)
    offset += taken.count
    rest = rest.dropFirst(taken.count)
    return held.count == count
  }

  private mutating func readHead() throws(WaveHeaderError) -> WaveHeader? {
    let isFormat = held[..<4].elementsEqual("fmt ".utf8)
    let isData = held[..<4].elementsEqual("data".utf8)
    let length = held[4...].reversed().reduce(0) { $0 << 8 | Int($1) }
    held.removeAll(keepingCapacity: true)
    if isData {
      guard let format else { throw WaveHeaderError(message: "WAV header: \"data\" comes before \"fmt \"") }
      // arecord and ffmpeg write 0, 0x7FFFFFFF minus something or 0xFFFFFFFF into a pipe.
      let known = length > 0 && length < 0x7FFF_0000
      return WaveHeader(format: format, samplesOffset: offset, sampleBytes: known ? length : nil)
    }
    if isFormat {
      guard length >= 16 else {
        throw WaveHeaderError(message: "WAV header: \"fmt \" has \(length) bytes; at least 16 are needed")
      }
      place = .format(length: length)
    } else {
      place = try step(over: length + length & 1)
    }
    return nil
  }

  private mutating func step(over count: Int) throws(WaveHeaderError) -> Place {
    held.removeAll(keepingCapacity: true)
    guard offset + count <= WaveHeader.largestBytes else {
      throw WaveHeaderError(
        message: "WAV header: no samples in the first \(WaveHeader.largestBytes) bytes, the longest header taken")
    }
    return .skipping(count)
  }
}
