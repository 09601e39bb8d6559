import Glibc
import Testing

@testable import Platform

struct LineWriterTests {
  private func line(_ count: Int) -> [UInt8] { [UInt8](repeating: 120, count: count - 1) + [10] }

  @Test func `lines come out as they went in`() {
    var queue = LineQueue()
    #expect(queue.isEmpty && queue.next() == nil)
    for count in 2...3000 { #expect(queue.add(line(count % 50 + 2)) == 0 && queue.next() == line(count % 50 + 2)) }
    for count in 2...2000 { #expect(queue.add(line(count % 50 + 2)) == 0) }
    for count in 2...2000 { #expect(queue.next() == line(count % 50 + 2)) }
    #expect(queue.isEmpty)
  }

  @Test func `above the limit lines are dropped, and counted once there is room`() {
    var queue = LineQueue()
    let half = line(LineQueue.limitBytes / 2)
    #expect(queue.add(half) == 0 && queue.add(half) == 0)
    for _ in 1...3 { #expect(queue.add(line(2)) == nil) }
    #expect(queue.next() == half)
    #expect(queue.add(line(2)) == 3)
    #expect(queue.add(line(2)) == 0)
  }

  @Test func `a pipe that nobody reads holds up no writer, and loses nothing that was queued`() throws {
    var ends: [Int32] = [-1, -1]
    #expect(pipe(&ends) == 0)
    let (readEnd, writeEnd) = (ends[0], ends[1])
    defer { for end in ends { close(end) } }
    let writer = LineWriter { writeEnd }
    var taken = 0
    for _ in 0..<1000 { if writer.add(line(1000)) != nil { taken += 1 } }
    // What the queue holds, and what has gone into the pipe meanwhile.
    #expect((262...262 + 66).contains(taken), "\(taken)")
    writer.drain(within: .milliseconds(20))
    var received = 0
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while received < taken * 1000 {
      var watched = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
      guard poll(&watched, 1, 10_000) == 1 else { break }
      received += read(readEnd, &buffer, buffer.count)
    }
    writer.drain(within: .seconds(60))
    #expect(received == taken * 1000)
    #expect(fcntl(writeEnd, F_GETFL) & O_NONBLOCK == 0)
  }
}
