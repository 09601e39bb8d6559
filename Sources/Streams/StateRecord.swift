/// What a part of a stream's state is. A state in full, or what has changed since the last time, is several records.
enum StateRecord: Int {
  /// A chunk with its audio.
  case chunk
  /// A message that a returning client may lack.
  case message
  /// A final segment.
  case segment
  /// Everything else. Always the last one: with it the records before it are complete.
  case rest
}
