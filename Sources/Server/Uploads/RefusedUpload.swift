import IO
import Web

/// Throws the body of a refused request away, and answers when it is there: a client that still sends would get a reset
/// instead.
final class RefusedUpload: HTTPExchangeDelegate {
  enum Event {
    /// So many bytes of the body were thrown away.
    case received(Int, HTTPExchange)
    /// It was answered, or its client is gone.
    case ended
  }

  private weak var exchange: HTTPExchange?
  private let response: HTTPResponse
  private let loop: EventLoop
  private var discardedBytes = 0
  /// When something of the body last came.
  private var heardAt: Duration
  private var report: ((Event) -> Void)?

  private static let mostDiscardedBytes = 256 << 20
  /// A client that has stopped for so long is not in the middle of sending.
  private static let pause = Duration.milliseconds(500)

  init(_ exchange: HTTPExchange, _ response: HTTPResponse, loop: EventLoop, report: @escaping (Event) -> Void) {
    self.exchange = exchange
    self.response = response
    self.loop = loop
    heardAt = loop.now
    self.report = report
  }

  /// The server waits for its end: answers a client that has stopped sending.
  func hurry() {
    if let exchange, loop.now - heardAt >= Self.pause { answer(exchange) }
  }

  func exchange(_ exchange: HTTPExchange, received body: UnsafeRawBufferPointer) {
    discardedBytes += body.count
    report?(.received(body.count, exchange))
    heardAt = loop.now
    if discardedBytes > Self.mostDiscardedBytes { answer(exchange) }
  }

  func exchangeBodyEnded(_ exchange: HTTPExchange) { answer(exchange) }
  func exchange(_ exchange: HTTPExchange, failed error: RequestError) { answer(exchange) }
  func exchangeDrained(_ exchange: HTTPExchange) {}
  func exchangeCancelled(_ exchange: HTTPExchange) { end() }

  private func answer(_ exchange: HTTPExchange) {
    exchange.respond(response)
    // Not now: the response leaves at the end of this round.
    loop.after(.zero) { self.end() }
  }

  private func end() {
    report?(.ended)
    report = nil
  }
}
