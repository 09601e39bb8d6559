/// One connection. All its memory is allocated at the beginning.
struct LoadStream {
  enum State: UInt8 {
    case unconnected, connecting, handshaking, upgrading, open
    /// We have sent a close, or the server has.
    case closing
    case gone
  }

  var state = State.unconnected
  var socket = LoadSocket()
  /// The socket's buffer was full; the poller reports when it is writable.
  var isBlocked = false
  /// Frames not completely sent, and how many bytes of the first have been.
  var pending = 0
  var offset = 0
  var account = ReplyAccount()
  /// `start` was sent; its answer is no reply to a chunk.
  var awaitsStarted = false

  /// The beginning of an incomplete frame.
  let held: UnsafeMutableRawPointer
  var heldBytes = 0
  /// The reply to a ping, until it fits between two frames.
  let pong: UnsafeMutableRawPointer
  var pongBytes = 0
  /// Whether another frame than those pending may be sent next.
  var isBetweenFrames: Bool { offset == 0 && !socket.mustRepeat }
  /// When the unanswered chunks were due: a ring, indexed by chunk.
  let dueTimes: UnsafeMutablePointer<Int>

  static let pongCapacity = 2 + 4 + 125
}

/// The connections' memory, in one piece each.
struct LoadStreams: ~Copyable {
  let all: UnsafeMutableBufferPointer<LoadStream>
  private let held: UnsafeMutableRawPointer
  private let pongs: UnsafeMutableRawPointer
  private let times: UnsafeMutablePointer<Int>

  init(_ plan: LoadPlan) {
    let count = plan.connections
    held = .allocate(byteCount: count * ServerFrame.largestBytes, alignment: 64)
    pongs = .allocate(byteCount: count * LoadStream.pongCapacity, alignment: 64)
    times = .allocate(capacity: count * plan.mostInFlight)
    times.initialize(repeating: 0, count: count * plan.mostInFlight)
    all = .allocate(capacity: count)
    for index in 0..<count {
      all.initializeElement(
        at: index,
        to: LoadStream(
          held: held + index * ServerFrame.largestBytes, pong: pongs + index * LoadStream.pongCapacity,
          dueTimes: times + index * plan.mostInFlight))
    }
  }

  deinit {
    all.deallocate()
    held.deallocate()
    pongs.deallocate()
    times.deallocate()
  }
}
