/// The destination of a stream's results: text, in whole lines.
protocol ResultSink: AnyObject {
  /// It is a terminal, where the results are read as they arrive.
  var isSeen: Bool { get }
  /// So much is held that nothing should be added now.
  var isFull: Bool { get }
  /// Why results were lost, if any were.
  var failure: String? { get }
  func write(_ text: UnsafeRawBufferPointer)
  /// There are no more results.
  func finish()
}

extension ResultSink {
  func write(_ text: String) {
    var text = text
    if !text.isEmpty { text.withUTF8 { write(UnsafeRawBufferPointer($0)) } }
  }
}

/// Standard output, without delay.
final class StandardOutput: ResultSink {
  private let console: Console

  init(_ console: Console) { self.console = console }

  var isSeen: Bool { console.resultsAreSeen }
  var isFull: Bool { false }
  var failure: String? { nil }
  func write(_ text: UnsafeRawBufferPointer) { console.write(results: text) }
  func finish() {}
}
