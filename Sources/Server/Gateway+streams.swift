import Audio
import Dialects
import IO
import Streams
import Web

/// The list of streams for operators, of all loops.
extension Gateway {
  /// Answers a request for the list, whose client may see it: at once, or when the other loops have said theirs.
  func listStreams(for exchange: HTTPExchange) {
    let query: StreamListQuery
    do throws(StreamListQuery.Problem) {
      query = try StreamListQuery(exchange.request)
    } catch {
      return exchange.respond(NativeDialect.response(400, error.description))
    }
    nonisolated(unsafe) let collection = StreamCollection(exchange, query, loops: shared.loops)
    // A loop that hangs must not keep the operator from seeing the others.
    let timer = shared.loops > 1 ? loop.after(Self.listPatience) { collection.answer() } : nil
    collection.onAnswer = { timer?.cancel() }
    let index = context.index
    everywhere { gateway in
      let list = gateway.streamList(query)
      // Touched on this thread alone.
      gateway.on(index) { _ in collection.add(list) }
    }
  }

  private static let listPatience = Duration.seconds(1)

  private func streamList(_ query: StreamListQuery) -> StreamList {
    let now = loop.nowInSeconds
    // One that has its receipt is kept for that alone.
    let open = sessions.all.filter { !$0.stream.account.isComplete }
    return StreamList(open.map { entry(of: $0, now: now) }, query)
  }

  private func entry(of session: Session, now: Double) -> StreamEntry {
    let account = session.stream.account
    return StreamEntry(
      clientID: session.clientID, peer: session.connection?.peer, token: session.client.holder,
      request: account.request, age: session.figures.age(now: now),
      away: session.stream.lifetime.secondsAway(now: loop.now),
      received: .init(
        chunks: account.totals.chunks, seconds: account.seconds,
        chunksPerSecond: session.figures.rate(chunks: account.totals.chunks, now: now),
        isLive: session.stream.pace.isLive),
      lastLevels: session.stream.lastLevels, clipped: account.levels.clipped,
      load: .init(
        waiting: account.inFlightChunks, backlogSeconds: session.stream.transcript.backlogSeconds,
        heldBytes: session.stream.heldBytes),
      worker: session.stream.placement.slot.map { workers.firstWorker + $0 })
  }
}

/// A list that several loops contribute to. For the thread of the loop that was asked.
private final class StreamCollection {
  private let exchange: HTTPExchange
  private let query: StreamListQuery
  private var list = StreamList()
  private var missing: Int
  var onAnswer: () -> Void = {}

  init(_ exchange: HTTPExchange, _ query: StreamListQuery, loops: Int) {
    self.exchange = exchange
    self.query = query
    missing = loops
  }

  func add(_ other: StreamList) {
    list.add(other, query)
    missing -= 1
    if missing == 0 { answer() }
  }

  /// Has an effect once.
  func answer() {
    exchange.respond(HTTPResponse(status: 200, json: list.json, headers: [.init("cache-control", "no-store")]))
    onAnswer()
    onAnswer = {}
  }
}
