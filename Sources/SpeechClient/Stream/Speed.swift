/// How fast a file is sent.
package enum Speed: Equatable {
  /// This many seconds of audio in a second.
  case factor(Double)
  /// As fast as the server answers.
  case fast

  package static let realtime = Speed.factor(1)

  /// Slower is of no use, and faster is `fast`.
  package static let factors = 0.1...1000.0

  package init?(_ text: String) {
    switch text {
    case "realtime": self = .realtime
    case "fast": self = .fast
    default:
      guard let factor = Double(text), Self.factors.contains(factor) else { return nil }
      self = .factor(factor)
    }
  }
}
