/// The kind of a frame; its fifth byte.
///
/// A frame is a prefix of eight bytes (u32 bytes of the body, u8 kind, three bytes that belong to the kind), a body of
/// fixed fields and payload, and zeros up to the next multiple of eight, so that all fields are aligned. Little-endian.
enum FrameKind: UInt8 {
  // To the worker. Version 4 used 1 to 6.
  case welcome = 16
  case open = 17
  case chunk = 18
  case finish = 19
  case close = 20
  case shutdown = 21
  // Since version 7, over a broker only.
  case state = 22
  case take = 23
  case forget = 24
  // Since version 8, on one machine only: frames that lie in shared memory.
  case lent = 25
  // From the worker. Version 4 used 65 to 70; 65 was its first frame.
  case ready4 = 65
  case hello = 80
  case result = 81
  case updates = 82
  case finished = 83
  case failed = 84
  case behind = 85
  // Since version 6.
  case decoded = 86
  // Since version 7, over a broker only.
  case image = 87
  case untaken = 88
  case fenced = 89
  // Since version 8: the memory lent first is free again.
  case returned = 90

  static let prefixBytes = 8

  /// Bytes of the fixed fields at the beginning of the body.
  var fieldBytes: Int {
    switch self {
    case .welcome: 4
    case .open: 32
    case .chunk: 40
    case .finish: 24
    case .close: 16
    case .shutdown, .returned: 0
    case .ready4, .lent: 8
    case .hello: 16
    case .result: 72
    case .updates: 32
    case .finished: 40
    case .failed: 24
    case .behind: 16
    case .decoded: 24
    case .state: 80
    case .take, .forget: 40
    case .image: 40
    case .untaken, .fenced: 32
    }
  }

  /// Whether it says something of a stream that its session has to know. It begins with the stream.
  var answersStream: Bool {
    switch self {
    case .result, .updates, .finished, .failed: true
    default: false
    }
  }

  /// Whether anything may follow the fixed fields.
  var hasPayload: Bool {
    switch self {
    case .open, .chunk, .ready4, .hello, .result, .updates, .finished, .failed, .state, .image: true
    case .welcome, .finish, .close, .shutdown, .behind, .decoded, .take, .forget, .lent, .untaken, .fenced, .returned:
      false
    }
  }
}
