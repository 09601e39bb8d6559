import Streams

/// What the journal knows of one session.
struct JournalEntry {
  var cursor = StateCursor()
  var generation = 0
  var isDirty = false
}
