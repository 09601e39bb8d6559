/// What a stream holds, as far as the memory budget knows.
struct HeldBytes {
  private var counted = 0

  /// The stream holds this much now: how many bytes more that is than the budget knows.
  mutating func set(_ bytes: Int) -> Int {
    defer { counted = bytes }
    return bytes - counted
  }
}
