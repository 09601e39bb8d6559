/// Where a stream's results go: text, whole lines at a time.
protocol ResultSink: AnyObject {
  /// Somebody sees them as they come.
  var isSeen: Bool { get }
  /// So much waits to be handed on that nothing should be added now.
  var isFull: Bool { get }
  /// Why results were lost, if any were.
  var failure: String? { get }
  func write(_ text: UnsafeRawBufferPointer)
  /// There is no more.
  func finish()
}

extension ResultSink {
  func write(_ text: String) {
    var text = text
    if !text.isEmpty { text.withUTF8 { write(UnsafeRawBufferPointer($0)) } }
  }
}

/// Standard output, at once.
final class StandardOutput: ResultSink {
  private let console: Console

  init(_ console: Console) { self.console = console }

  var isSeen: Bool { console.resultsAreSeen }
  var isFull: Bool { false }
  var failure: String? { nil }
  func write(_ text: UnsafeRawBufferPointer) { console.write(results: text) }
  func finish() {}
}
