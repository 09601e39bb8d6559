import Glibc
import Synchronization
import Testing
import Web

/// Peers that do not read, do not answer, or are many.
struct FlowTests {
  /// A reply of 1000 bytes that says its number.
  private static func reply(_ number: Int) -> String {
    let head = "\(number) "
    return head + String(repeating: "r", count: 1000 - head.utf8.count)
  }

  @Test func `a stalled reader costs no more than its owner allows, and gets everything in order afterwards`() throws {
    let counts = Mutex((received: 0, worst: 0, pauses: 0))
    let server = try InProcessServer {
      $0.received = { connection, bytes, _ in
        counts.withLock { counts in
          connection.send(text: Self.reply(counts.received))
          counts.received += 1
          counts.worst = max(counts.worst, connection.unsentBytes)
          if connection.unsentBytes > 256 << 10, !connection.isReadingPaused {
            counts.pauses += 1
            connection.pauseReading()
          }
        }
      }
      $0.drained = { $0.resumeReading() }
    }
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port, receiveBuffer: 8192)
    let total = 20_000
    let descriptor = client.descriptor
    startThread {
      // Blocks as soon as the server stops reading.
      let frame = RawClient.frame(2, [UInt8](repeating: 1, count: 500))
      for _ in 0..<total { frame.withUnsafeBytes { _ = Glibc.send(descriptor, $0.baseAddress!, $0.count, 0x4000) } }
    }
    while counts.withLock({ $0.pauses }) == 0 { usleep(1000) }
    #expect(counts.withLock { $0.received } < total)
    for number in 0..<total { #expect(try client.text() == Self.reply(number)) }
    // What one read of 64 KiB brings may come on top of the limit: 128 chunks of 500 bytes, 1004 bytes each.
    #expect(counts.withLock { $0.worst } < (256 + 2 * 128) << 10)
    #expect(counts.withLock { $0.pauses } > 0)
  }

  @Test func `pings are answered between frames, never inside one, while the pipe is full`() throws {
    let server = try InProcessServer {
      $0.received = { connection, bytes, _ in
        for number in 0..<bytes.count { connection.send(text: Self.reply(number)) }
      }
    }
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port, receiveBuffer: 8192)
    // 20 MB of replies do not fit into any socket; a ping comes when the server is in the middle of them.
    let each = 5000
    for _ in 0..<4 {
      try client.send(2, [UInt8](repeating: 0, count: each))
      usleep(20_000)
      try client.send(9, Array("still there?".utf8))
    }
    var texts = 0
    var pongs = 0
    while texts < 4 * each || pongs == 0 {
      guard let frame = try client.next() else { break }
      switch frame.opcode {
      case 1:
        #expect(frame.text == Self.reply(texts % each))
        texts += 1
      case 10:
        #expect(frame.payload == Array("still there?".utf8))
        pongs += 1
      default: Issue.record("opcode \(frame.opcode)")
      }
    }
    #expect(texts == 4 * each)
    #expect((1...4).contains(pongs))
  }

  @Test func `closing waits for what has been sent, however slowly it is read`() throws {
    let server = try InProcessServer {
      $0.received = { connection, _, _ in
        for number in 0..<5000 { connection.send(text: Self.reply(number)) }
        connection.close(code: 1001, reason: "going away")
      }
    }
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port, receiveBuffer: 8192)
    try client.send(2, [1])
    usleep(100_000)
    for number in 0..<5000 { #expect(try client.text() == Self.reply(number)) }
    let last = try client.next()
    #expect(last?.closeCode == 1001)
    #expect(last.map { String(decoding: $0.payload.dropFirst(2), as: UTF8.self) } == "going away")
    try client.send(8, [0x03, 0xE9])
    #expect(try client.next() == nil)
  }

  @Test func `a peer that goes on sending through a close still gets every reply and the close`() throws {
    let replies = Mutex(0)
    let server = try InProcessServer {
      $0.received = { connection, _, _ in
        let count = replies.withLock { count in
          count += 1
          return count
        }
        connection.send(text: Self.reply(count))
        if count == 2000 { connection.close(code: 1001, reason: "going away") }
      }
    }
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port, receiveBuffer: 8192)
    let isClosed = Mutex(false)
    let sent = Semaphore()
    startThread { [descriptor = client.descriptor] in
      let frame = RawClient.frame(2, [UInt8](repeating: 1, count: 500))
      while !isClosed.withLock({ $0 }) {
        // A frame that is cut off would garble the answer to the close.
        var offset = 0
        while offset < frame.count {
          let count = frame.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress! + offset, $0.count - offset, 0x4000)
          }
          guard count > 0 else { return sent.signal() }
          offset += count
        }
      }
      sent.signal()
    }
    for number in 1...2000 { #expect(try client.text() == Self.reply(number)) }
    #expect(try client.next()?.closeCode == 1001)
    isClosed.withLock { $0 = true }
    sent.wait()
    try client.send(8, [0x03, 0xE9])
    #expect(try client.next() == nil)
    #expect(replies.withLock { $0 } == 2000)
  }

  @Test func `a peer that never reads is dropped some time after the close`() throws {
    let closed = Record<Int?>()
    let server = try InProcessServer {
      $0.patience.closing = .seconds(1)
      $0.received = { connection, _, _ in
        for number in 0..<20_000 { connection.send(text: Self.reply(number)) }
        connection.close(code: 1001, reason: "going away")
      }
      $0.closed = { closed.add($1) }
    }
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port, receiveBuffer: 8192)
    try client.send(2, [1])
    #expect(closed.wait() == [1001])
    withExtendedLifetime(client) {}
  }

  @Test func `a silent peer is pinged; one that answers stays, one that does not is dropped`() throws {
    let closed = Record<Int?>()
    let server = try InProcessServer {
      $0.patience.idleBeforePing = .milliseconds(1)
      $0.patience.pingUnanswered = .seconds(2)
      $0.closed = { closed.add($1) }
    }
    defer { server.stop() }
    let dead = try RawClient(opening: "/ws", port: server.port)
    let alive = try RawClient(opening: "/ws", port: server.port)
    for _ in 0..<5 {
      let ping = try #require(try alive.next())
      #expect(ping.opcode == 9)
      try alive.send(10, ping.payload)
    }
    #expect(closed.all == [nil])
    #expect(try dead.next()?.opcode == 9)
    #expect((try? dead.next()) == nil)
    try alive.send(2, [7])
    while let frame = try alive.next() {
      guard frame.opcode != 9 else { continue }
      #expect(frame.text == "binary 1: 7")
      break
    }
  }

  @Test func `a paused connection delivers nothing until it is resumed, then everything in order`() throws {
    let received = Mutex(0)
    let server = try InProcessServer {
      $0.received = { connection, bytes, kind in
        let count = received.withLock { count in
          count += 1
          return count
        }
        connection.send(text: describe(bytes, kind))
        if count == 1 {
          connection.pauseReading()
          connection.context = connection
        }
      }
      $0.opened = { connection in held.withLock { $0 = Unchecked(connection) } }
    }
    defer { server.stop() }
    let client = try RawClient(opening: "/ws", port: server.port)
    var bytes: [UInt8] = []
    for size in 0..<2000 { bytes += RawClient.frame(2, [UInt8](repeating: 1, count: size)) }
    startThread { [descriptor = client.descriptor, bytes] in
      bytes.withUnsafeBytes { bytes in
        var offset = 0
        while offset < bytes.count {
          let sent = Glibc.send(descriptor, bytes.baseAddress! + offset, bytes.count - offset, 0x4000)
          guard sent > 0 else { return }
          offset += sent
        }
      }
    }
    #expect(try client.text() == "binary 0: 0")
    usleep(50_000)
    server.sync { _ in #expect(received.withLock { $0 } == 1) }
    server.sync { _ in held.withLock { $0?.value.resumeReading() } }
    for size in 1..<2000 { #expect(try client.text() == "binary \(size): \(size)") }
    server.sync { _ in
      held.withLock {
        $0?.value.context = nil
        $0 = nil
      }
    }
  }
}

/// Only looked into on the loop's thread.
private struct Unchecked<Value>: @unchecked Sendable {
  var value: Value
  init(_ value: Value) { self.value = value }
}
private let held = Mutex<Unchecked<WebSocketConnection>?>(nil)
