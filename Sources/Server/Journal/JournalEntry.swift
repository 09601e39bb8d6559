import Streams

/// A session as its journal knows it.
final class JournalEntry {
  var cursor = StateCursor()
  var generation = 0
  var isDirty = false

  /// As of a session that no journal has yet.
  func begin(generation: Int) { (cursor, self.generation, isDirty) = (StateCursor(), generation, false) }
}
