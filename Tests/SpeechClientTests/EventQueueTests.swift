import Audio
import Capture
import Synchronization
import Testing

@testable import SpeechClient

/// The events between a stream and its reader, without either.
struct EventQueueTests {
  private let queue = EventQueue(EventQueue.Wishes(partials: true, levels: true, others: true))

  /// All that is left, and the error at the end.
  private func rest() async -> (events: [SpeechEvent], error: String?) {
    var events: [SpeechEvent] = []
    while true {
      switch await queue.next() {
      case .event(let event): events.append(event)
      case .end: return (events, nil)
      case .failure(let error): return (events, "\(error)")
      }
    }
  }

  private func partial(_ text: String) -> SpeechEvent { .partial(PartialText(text: text)) }

  @Test func `events come in order, and the end after them, again and again`() async {
    queue.put(.notice("1"))
    queue.put(.notice("2"))
    queue.finish(nil)
    queue.put(.notice("3"))
    #expect(await rest().events == [.notice("1"), .notice("2")])
    #expect(await rest().events.isEmpty)
  }

  @Test func `an error comes once, after what came before it`() async {
    queue.put(.notice("1"))
    queue.finish(.interrupted("gone"))
    let (events, error) = await rest()
    #expect(events == [.notice("1")])
    #expect(error == "gone")
    #expect(await rest().error == nil)
  }

  @Test func `of partial texts that nobody has read only the last is kept`() async {
    for event in [partial("a"), partial("a b"), .notice("!"), partial("c"), partial("c d")] { queue.put(event) }
    queue.finish(nil)
    #expect(await rest().events == [partial("a b"), .notice("!"), partial("c d")])
  }

  @Test func `a reader waits for an event, and for the end`() async {
    async let all = rest()
    await Task.yield()
    queue.put(.notice("1"))
    queue.finish(nil)
    #expect(await all.events == [.notice("1")])
  }

  @Test func `a queue is full from its limit on, until half of it is read`() async {
    for number in 1..<EventQueue.limit {
      queue.put(.notice("\(number)"))
      #expect(!queue.isFull)
    }
    queue.put(.notice("last"))
    #expect(queue.isFull)
    for _ in 1..<EventQueue.limit / 2 {
      _ = await queue.next()
      #expect(queue.isFull)
    }
    _ = await queue.next()
    #expect(!queue.isFull)
  }

  @Test func `a task that is cancelled ends the events without an error, and lets the stream go on`() async {
    for _ in 0..<EventQueue.limit { queue.put(.notice("!")) }
    let reading = Task { await rest() }
    reading.cancel()
    _ = await reading.value
    #expect(queue.isCancelled)
    #expect(!queue.isFull)
    queue.put(.notice("late"))
    queue.finish(.interrupted("late"))
    let (events, error) = await rest()
    #expect(events.isEmpty)
    #expect(error == nil)
  }

  @Test func `a reader that waits is released when its task is cancelled`() async {
    let reading = Task { await rest() }
    await Task.yield()
    reading.cancel()
    #expect(await reading.value.events.isEmpty)
  }

  @Test func `the reader's end cancels the stream when nobody holds it`() {
    var stream: SpeechStream? = SpeechStream(queue)
    #expect(stream != nil)
    stream = nil
    #expect(queue.isCancelled)
  }
}

/// The pieces of a custom source on their way.
struct PieceQueueTests {
  private final class Wakes: Sendable {
    let count = Atomic(0)
  }

  private let wakes: Wakes
  private let queue: PieceQueue

  init() {
    let wakes = Wakes()
    self.wakes = wakes
    queue = PieceQueue { wakes.count.add(1, ordering: .relaxed) }
  }

  private func read(_ reader: PieceReader, upTo room: Int) -> (item: String, bytes: [UInt8]) {
    var buffer = [UInt8](repeating: 0, count: room)
    let item = buffer.withUnsafeMutableBytes { reader.next(into: $0) }
    guard case .audio(let count) = item else { return ("\(item)", [UInt8]()) }
    return ("audio", Array(buffer[..<count]))
  }

  @Test func `pieces of any length come as whole frames, in order, to the end`() async {
    let reader = PieceReader(queue, format: .standard)
    #expect(read(reader, upTo: 8).item == "nothingYet")
    for piece in [[1], [2, 3, 4], [], [5, 6, 7, 8, 9, 10]] as [[UInt8]] { #expect(await queue.put(piece)) }
    #expect(read(reader, upTo: 4).bytes == [1, 2, 3, 4])
    #expect(read(reader, upTo: 4).bytes == [5, 6, 7, 8])
    #expect(await queue.put([11]))
    #expect(read(reader, upTo: 4).bytes == [9, 10])
    queue.finish()
    #expect(read(reader, upTo: 4).item == "end")
    #expect(await !queue.put([12]))
  }

  @Test func `who found nothing is woken once, by the next piece or by the end`() async {
    let reader = PieceReader(queue, format: .standard)
    #expect(await queue.put([1, 2]))
    #expect(wakes.count.load(ordering: .relaxed) == 0)
    #expect(read(reader, upTo: 8).bytes == [1, 2])
    #expect(read(reader, upTo: 8).item == "nothingYet")
    #expect(await queue.put([3, 4]))
    #expect(await queue.put([5, 6]))
    #expect(wakes.count.load(ordering: .relaxed) == 1)
    #expect(read(reader, upTo: 8).bytes == [3, 4, 5, 6])
    queue.finish()
    #expect(wakes.count.load(ordering: .relaxed) == 2)
  }

  @Test func `a full queue holds the writer until half of it is read`() async {
    let reader = PieceReader(queue, format: .standard)
    let piece = [UInt8](repeating: 0, count: PieceQueue.limitBytes)
    #expect(await queue.put(piece))
    async let next = queue.put([1, 2])
    #expect(read(reader, upTo: PieceQueue.limitBytes / 4).item == "audio")
    #expect(read(reader, upTo: PieceQueue.limitBytes / 2).item == "audio")
    #expect(await next)
    #expect(read(reader, upTo: PieceQueue.limitBytes).bytes.suffix(2) == [1, 2])
  }

  @Test func `the end releases a writer that waits, and keeps the error`() async {
    #expect(await queue.put([UInt8](repeating: 0, count: PieceQueue.limitBytes)))
    async let next = queue.put([1, 2])
    await Task.yield()
    queue.finish(throwing: CancellationError())
    #expect(await !next)
    #expect(queue.error is CancellationError)
  }
}
