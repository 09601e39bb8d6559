/// libsoxr can't convert between these rates, or there is no memory for it.
public struct ResamplingError: Error, Equatable {
  /// The rates, and libsoxr's own words.
  public var reason: String
}
