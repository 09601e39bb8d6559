import SpeechClient

/// The exit status of the program.
enum ExitStatus: Int32 {
  /// Everything sent was answered.
  case done = 0
  /// Something was lost or could not be done.
  case incomplete = 1
  /// Usage error.
  case usage = 2
  /// There is no capture device, or it was removed.
  case device = 3

  init(_ completeness: Completeness) {
    switch completeness {
    case .done: self = .done
    case .incomplete: self = .incomplete
    case .device: self = .device
    }
  }

  /// The more severe of two: a missing device explains an incomplete result.
  func and(_ other: ExitStatus) -> ExitStatus { rawValue >= other.rawValue ? self : other }
}
