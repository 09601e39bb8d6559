/// How much of a recording was sent and answered.
package enum Completeness: Int {
  /// Everything that there was.
  case done
  /// Something was lost.
  case incomplete
  /// There is no capture device, or it was removed.
  case device

  /// The more severe of two: a missing device explains an incomplete result.
  func and(_ other: Completeness) -> Completeness { rawValue >= other.rawValue ? self : other }
}
