/// Results of one client's channels, each a stream of its own, all on one loop.
final class ChannelResults<Result> {
  private var results: [Result?]
  /// The client was told the end of all of them.
  private(set) var isOver = false

  var channels: Int { results.count }

  init(channels: Int) { results = [Result?](repeating: nil, count: channels) }

  /// - Returns: those of all channels, when this was the last.
  func add(_ result: Result, of channel: Int) -> [Result]? {
    results[channel] = result
    let all = results.compactMap { $0 }
    return all.count == results.count && end() ? all : nil
  }

  /// - Returns: whether it is to be told now.
  func end() -> Bool {
    defer { isOver = true }
    return !isOver
  }
}
