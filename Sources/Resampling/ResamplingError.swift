/// libsoxr cannot convert between these rates, or memory is exhausted.
public struct ResamplingError: Error, Equatable {
  /// The rates, and libsoxr's message.
  public var reason: String
}
