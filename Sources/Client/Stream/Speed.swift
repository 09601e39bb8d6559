/// How fast a file is sent.
enum Speed: Equatable {
  /// This many seconds of audio in a second.
  case factor(Double)
  /// As fast as the server answers.
  case fast

  static let realtime = Speed.factor(1)

  /// Slower is of no use, and faster is `fast`.
  static let factors = 0.1...1000.0

  init?(_ text: String) {
    switch text {
    case "realtime": self = .realtime
    case "fast": self = .fast
    default:
      guard let factor = Double(text), Self.factors.contains(factor) else { return nil }
      self = .factor(factor)
    }
  }
}
