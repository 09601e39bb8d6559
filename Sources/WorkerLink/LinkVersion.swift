/// The version of the worker link. The worker's first frame says which ones it supports; the gateway chooses.
///
/// Of a frame's layout only `hello` stays the same in all versions.
public enum LinkVersion {
  /// What this build supports. A new version is added at the upper end, and the one before stays.
  public static let supported = 5...8
  /// The first version whose workers tell how long decodings take.
  public static let withDecodings = 6
  /// The first version whose workers keep copies of sessions.
  public static let withMirrors = 7
  /// The first version whose workers read frames in shared memory, if they say that they have it.
  public static let withSharedMemory = 8
  /// The last version whose worker announced itself in another way: recognized, so that it can be refused with a
  /// reason.
  static let announcedByReady = 4

  /// The version two sides speak: the newest that both support, or nil.
  public static func negotiate(_ ours: ClosedRange<Int>, _ theirs: ClosedRange<Int>) -> Int? {
    ours.overlaps(theirs) ? min(ours.upperBound, theirs.upperBound) : nil
  }
}
