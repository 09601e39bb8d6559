/// Looks whether a stream of samples is a file, and of what kind, while its first bytes pass.
public struct StreamProbe: Sendable {
  public enum Finding: Equatable, Sendable {
    /// What has passed so far may be anything.
    case undecided
    case samples
    case file(FileKind)
  }

  private enum Place {
    /// In the bytes that decide for most kinds.
    case head
    /// A frame of MPEG audio or ADTS came first. Another one begins at this offset, unless these are samples.
    case frame(next: Int)
  }

  private var place = Place.head
  private var head: [UInt8] = []
  private var next: [UInt8] = []
  private var offset = 0

  public init() {}

  /// Whether a stream that begins so may be a file.
  public static func mayBeFile(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var probe = StreamProbe()
    return probe.take(bytes) != .samples
  }

  public mutating func take(_ bytes: UnsafeRawBufferPointer) -> Finding {
    defer { offset += bytes.count }
    if case .head = place {
      head.append(contentsOf: bytes.prefix(FileKind.decisiveBytes - head.count))
      if let kind = FileKind(magic: head) { return .file(kind) }
      if ID3Tag.bytes(head) != nil { return .file(.mpeg) }
      guard head.count == FileKind.decisiveBytes else { return mayBegin ? .undecided : .samples }
      guard let length = MPEGHeader(head)?.frameBytes ?? ADTSHeader(head)?.frameBytes else { return .samples }
      place = .frame(next: length)
      // A frame may be shorter than the head.
      next = Array(head.dropFirst(length).prefix(ADTSHeader.bytes))
    }
    guard case .frame(let start) = place else { return .undecided }
    let from = max(0, start + next.count - offset)
    next.append(contentsOf: bytes.dropFirst(from).prefix(ADTSHeader.bytes - next.count))
    guard next.count == ADTSHeader.bytes else { return .undecided }
    if let first = MPEGHeader(head), let second = MPEGHeader(next), second.continues(first) { return .file(.mpeg) }
    if let first = ADTSHeader(head), let second = ADTSHeader(next), second.continues(first) { return .file(.adts) }
    return .samples
  }

  private var mayBegin: Bool {
    FileKind.mayBegin(head) || "ID3".utf8.starts(with: head.prefix(3))
      || (head[0] == 0xFF && (head.count == 1 || head[1] >= 0xE0))
  }
}
