/// A key that does something while a microphone is recorded.
enum Key: Equatable {
  case pause
  case mark
  case quit

  init?(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: " "): self = .pause
    case UInt8(ascii: "m"), UInt8(ascii: "M"): self = .mark
    case UInt8(ascii: "q"), UInt8(ascii: "Q"): self = .quit
    default: return nil
    }
  }
}

/// What the keys have done, and the line that names them.
struct KeyState: Equatable {
  /// Sound is neither sent nor kept.
  var isPaused = false
  /// Places marked so far.
  var marks = 0
  /// There is somebody to press a key.
  var isListening = false

  func lines(width: Int, ellipsis: String) -> [StyledLine] {
    guard isListening else { return [] }
    let line =
      isPaused
      ? StyledLine("paused: space continues, m marks, q quits", .warning)
      : StyledLine("space pauses, m marks, q quits", .dim)
    return [line.cut(to: width, ellipsis: ellipsis)]
  }
}
