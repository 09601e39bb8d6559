/// Takes fields of varying length out of a frame's payload, from the front.
struct PayloadReader {
  private var next: UnsafeRawPointer
  private let end: UnsafeRawPointer

  init(_ payload: UnsafeRawBufferPointer) {
    guard let start = payload.baseAddress else { preconditionFailure("A payload lies in a frame.") }
    next = start
    end = start + payload.count
  }

  var isEmpty: Bool { next == end }

  /// Bytes that are left.
  var count: Int { end - next }

  /// Fields of fixed size, which are read at their offsets: one check for all.
  mutating func fields(_ count: Int) throws(WorkerLinkError) -> UnsafeRawPointer {
    guard count <= end - next else { throw .malformed("a payload shorter than its fields") }
    defer { next += count }
    return next
  }

  /// UTF-8 of so many bytes; malformed sequences are repaired.
  mutating func text(_ count: Int) throws(WorkerLinkError) -> String {
    String(decoding: UnsafeRawBufferPointer(start: try fields(count), count: count), as: UTF8.self)
  }
}

extension UnsafeRawPointer {
  func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, _ type: Number.Type = Number.self) -> Number
  {
    Number(littleEndian: loadUnaligned(fromByteOffset: offset, as: type))
  }

  /// Seconds of a stream: finite and not negative.
  func seconds(at offset: Int) throws(WorkerLinkError) -> Double {
    let seconds = Double(bitPattern: number(at: offset))
    guard seconds >= 0, seconds.isFinite else { throw .malformed("a time of \(seconds) s") }
    return seconds
  }
}
