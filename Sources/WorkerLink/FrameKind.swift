/// What a frame is; the fifth byte of it.
///
/// A frame is a prefix of eight bytes (u32 bytes of the body, u8 kind, three bytes whose meaning depends on the kind), a body of fixed
/// fields and payload, and zeros up to the next multiple of eight, so that the fields of every frame are aligned. Little-endian.
enum FrameKind: UInt8 {
  // To the worker.
  case chunk = 1
  case finish = 2
  case end = 3
  case shutdown = 4
  case ping = 5
  case recall = 6
  // From the worker.
  case ready = 65
  case result = 66
  case failed = 67
  case pong = 68
  case hold = 69
  case release = 70

  static let prefixBytes = 8

  /// Bytes of the fixed fields that begin the body.
  var fieldBytes: Int {
    switch self {
    case .chunk: 48
    case .recall: 88
    case .finish: 16
    case .end, .hold, .release: 8
    case .shutdown: 0
    case .ping, .pong: 8
    case .ready: 8
    case .result: 72
    case .failed: 16
    }
  }

  /// Whether anything may follow the fixed fields.
  var hasPayload: Bool { self == .chunk || self == .ready || self == .result || self == .failed }
}
