import Streams

/// A session as its journal knows it.
struct JournalEntry {
  var cursor = StateCursor()
  var generation = 0
  var isDirty = false
}
