/// One side of a link over a broker: a stream of bytes in messages, each with its place in the stream.
///
/// A broker may lose what it was given when a connection breaks. So a message that does not begin where the last one
/// ended breaks the link, and that is all: nothing is mended within one. The gateway numbers its links, and the numbers
/// grow: what comes over an older link is late.
public struct BrokerLink: Equatable, Sendable {
  /// At the beginning of each message: number of the link, offset of its bytes, bytes heard of the other side; each a
  /// u64, little-endian.
  public static let headerBytes = 24
  /// Bytes in one message at most: larger ones cost a broker more for each byte.
  public static let pieceBytes = 16 << 10
  /// Bytes under way at most, as far as the other side has not reported them: a broker stalls the sender when a
  /// receiver stands still with much more.
  public static let windowBytes = 1 << 20
  /// Links of a worker at a time, one with each loop of a server; each takes a descriptor.
  public static let mostLinks = 32
  /// After so many bytes they are reported, even if there is nothing else to say.
  static let reportBytes = windowBytes / 4
  /// The offset that says: this link is over.
  private static let end = UInt64.max

  /// The beginning of a message.
  public struct Header: Equatable, Sendable {
    public var link: UInt64
    public var offset: UInt64
    public var heard: UInt64

    public init(link: UInt64, offset: UInt64, heard: UInt64) {
      self.link = link
      self.offset = offset
      self.heard = heard
    }

    /// Nil if the message is too short to be one of a link.
    public init?(_ message: UnsafeRawBufferPointer) {
      guard message.count >= headerBytes else { return nil }
      func number(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: message.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      }
      self.init(link: number(0), offset: number(8), heard: number(16))
    }

    /// The message that ends a link.
    public static func end(of link: UInt64) -> Header { Header(link: link, offset: BrokerLink.end, heard: 0) }

    public var isEnd: Bool { offset == BrokerLink.end }
    /// Whether it is the first message of a link.
    public var isFirst: Bool { offset == 0 }

    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
      var bytes = (link.littleEndian, offset.littleEndian, heard.littleEndian)
      return withUnsafeBytes(of: &bytes) { body($0) }
    }
  }

  public let number: UInt64
  private let window: UInt64
  private var sent: UInt64 = 0
  /// Of the bytes sent, those that the other side has reported.
  private var acknowledged: UInt64 = 0
  private var heard: UInt64 = 0
  private var reported: UInt64 = 0

  /// - Parameter hasWindow: the gateway's side. Answers need none: there is one a chunk.
  public init(number: UInt64, hasWindow: Bool) {
    self.number = number
    window = hasWindow ? UInt64(Self.windowBytes) : .max / 2
  }

  /// How many of these bytes may be sent now, in one message.
  public func piece(of waiting: Int) -> Int { min(waiting, Self.pieceBytes, Int(window - (sent - acknowledged))) }

  /// Whether what was heard is to be reported in a message of its own.
  public var owesReport: Bool { heard - reported >= Self.reportBytes }

  /// The header of a message with so many bytes, which is sent now.
  public mutating func send(_ bytes: Int) -> Header {
    defer {
      sent += UInt64(bytes)
      reported = heard
    }
    return Header(link: number, offset: sent, heard: heard)
  }

  public enum Arrival: Equatable, Sendable {
    /// The message's bytes come next.
    case deliver
    /// It belongs to another link.
    case late
    /// The link is of no more use.
    case broken
  }

  /// A message has arrived with so many bytes behind its header.
  public mutating func receive(_ header: Header, bytes: Int) -> Arrival {
    guard header.link == number else { return .late }
    guard header.offset == heard, (acknowledged...sent).contains(header.heard) else { return .broken }
    heard += UInt64(bytes)
    acknowledged = header.heard
    return .deliver
  }
}
