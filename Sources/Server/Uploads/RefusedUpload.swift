import Web

/// Throws the body of a refused request away, and answers when it is there: a client that still sends would get a reset
/// instead.
final class RefusedUpload: HTTPExchangeDelegate {
  private let response: HTTPResponse
  private var discardedBytes = 0
  private var ended: (() -> Void)?

  private static let mostDiscardedBytes = 256 << 20

  /// - Parameter ended: it was answered, or its client is gone.
  init(_ response: HTTPResponse, ended: @escaping () -> Void) {
    self.response = response
    self.ended = ended
  }

  func exchange(_ exchange: HTTPExchange, received body: UnsafeRawBufferPointer) {
    discardedBytes += body.count
    if discardedBytes > Self.mostDiscardedBytes { answer(exchange) }
  }

  func exchangeBodyEnded(_ exchange: HTTPExchange) { answer(exchange) }
  func exchangeDrained(_ exchange: HTTPExchange) {}
  func exchangeCancelled(_ exchange: HTTPExchange) { end() }

  private func answer(_ exchange: HTTPExchange) {
    end()
    exchange.respond(response)
  }

  private func end() {
    ended?()
    ended = nil
  }
}
