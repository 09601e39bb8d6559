import Glibc
import IO
import Synchronization
import Testing
import Web

/// Requests with bodies, and responses in pieces or later.
struct ExchangeTests {
  /// Notes what happens to an exchange, and responds with the size of its body.
  private final class Reader: HTTPExchangeDelegate {
    let events: Record<String>
    /// What it says itself to a body that does not come.
    let refusal: HTTPResponse?
    var count = 0
    init(_ events: Record<String>, refusal: HTTPResponse? = nil) {
      self.events = events
      self.refusal = refusal
    }
    func exchange(_ exchange: HTTPExchange, received body: UnsafeRawBufferPointer) { count += body.count }
    func exchangeBodyEnded(_ exchange: HTTPExchange) {
      events.add("ended \(count)")
      exchange.respond(HTTPResponse(status: 200, json: "\(count)"))
    }
    func exchange(_ exchange: HTTPExchange, failed error: RequestError) {
      events.add("failed \(error.status)")
      if let refusal { exchange.respond(refusal) }
    }
    func exchangeDrained(_ exchange: HTTPExchange) {}
    func exchangeCancelled(_ exchange: HTTPExchange) { events.add("cancelled \(count)") }
  }

  @Test(arguments: [
    "Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
  ])
  func `a body comes to who takes it, and the connection goes on`(body: String) throws {
    let events = Record<String>()
    let server = try InProcessServer { $0.exchange = { $0.delegate = Reader(events) } }
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    for _ in 0..<2 {
      let answer = try client.request("POST / HTTP/1.1\r\nHost: h\r\n\(body)")
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("connection: keep-alive\r\n\r\n5"))
    }
    #expect(events.all == ["ended 5", "ended 5"])
  }

  @Test func `a client that waits to be asked for its body is asked when it is wanted, and not when it is refused`()
    throws
  {
    let events = Record<String>()
    let server = try InProcessServer {
      $0.exchange = { exchange in
        if exchange.request.path == "/no" {
          exchange.respond(HTTPResponse(status: 413, json: "{}"))
        } else {
          exchange.delegate = Reader(events)
        }
      }
    }
    defer { server.stop() }
    let head = " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    let wanted = try RawClient(port: server.port)
    #expect(try wanted.request("POST /yes" + head) == "HTTP/1.1 100 Continue\r\n\r\n")
    #expect(try wanted.request("abc").hasSuffix("\r\n\r\n3"))
    let refused = try RawClient(port: server.port)
    #expect(try refused.request("POST /no" + head).hasPrefix("HTTP/1.1 413 "))
    #expect(try refused.next() == nil)
  }

  @Test func `a client that goes in the middle of its body, or before the response, is reported`() throws {
    let events = Record<String>()
    let server = try InProcessServer { $0.exchange = { $0.delegate = Reader(events) } }
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    try client.write(Array("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe".utf8))
    usleep(50_000)
    shutdown(client.descriptor, Int32(SHUT_RDWR))
    #expect(events.wait() == ["cancelled 2"])
  }

  @Test func `a body that stops coming ends in 408`() throws {
    let events = Record<String>()
    let server = try InProcessServer {
      $0.reception.body = .seconds(1)
      $0.exchange = { $0.delegate = Reader(events) }
    }
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    #expect(
      try client.request("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe").hasPrefix("HTTP/1.1 408 "))
    #expect(events.wait(for: 2) == ["failed 408", "cancelled 2"])
  }

  @Test func `a body that nobody takes gets no more time for coming`() throws {
    let server = try InProcessServer {
      $0.reception.handshake = .seconds(1)
      $0.exchange = { _ in }
    }
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    try client.write(Array("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n".utf8))
    // The thread's own: the client's number may soon be another connection's.
    let descriptor = dup(client.descriptor)
    startThread {
      while Glibc.send(descriptor, "x", 1, 0x4000) == 1 { usleep(100_000) }
      close(descriptor)
    }
    #expect(try client.request("").hasPrefix("HTTP/1.1 408 "))
    shutdown(client.descriptor, Int32(SHUT_RDWR))
  }

  @Test(arguments: [
    ("Content-Length: 5\r\n\r\nhe", "failed 408"), ("Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\nx\r\n", "failed 400"),
  ])
  func `who takes a body may say in its own words that it did not come, and is heard to the end`(
    body: String, event: String
  ) throws {
    let events = Record<String>()
    let server = try InProcessServer {
      $0.reception.body = .seconds(1)
      $0.exchange = { $0.delegate = Reader(events, refusal: HTTPResponse(status: 413, json: #""no""#)) }
    }
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    let answer = try client.request("POST / HTTP/1.1\r\nHost: h\r\n\(body)")
    #expect(answer.hasPrefix("HTTP/1.1 413 ") && answer.hasSuffix("connection: close\r\n\r\n\"no\""), "\(answer)")
    #expect(try client.next() == nil)
    #expect(events.all == [event])
  }

  @Test func `a response that has begun is cut when the body breaks off, and nothing is put into it`() throws {
    let server = try InProcessServer {
      $0.exchange = { exchange in
        exchange.delegate = Reader(Record<String>())
        exchange.begin(HTTPResponse(status: 200, contentType: "text/plain"))
        exchange.write(Array("a piece".utf8))
      }
    }
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    try client.write(Array("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n".utf8))
    #expect(try client.request("").contains("transfer-encoding: chunked"))
    try client.write(Array("x\r\n".utf8))
    #expect(client.rest() == "7\r\na piece\r\n")
  }

  @Test func `a response that does not wait for the body says that the connection ends`() throws {
    let server = try InProcessServer {
      $0.exchange = { exchange in
        exchange.delegate = Reader(Record<String>())
        exchange.respond(HTTPResponse(status: 413, json: "{}"))
      }
    }
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    let answer = try client.request("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe")
    #expect(answer.contains("\r\nconnection: close\r\n"), "\(answer)")
    #expect(try client.next() == nil)
  }

  @Test func `requests that come at once are answered in order, though the first one takes its time`() throws {
    let waiting = Waiting()
    let server = try InProcessServer {
      $0.exchange = { exchange in
        guard exchange.request.path == "/1" else {
          return exchange.respond(HTTPResponse(status: 200, json: exchange.request.path))
        }
        waiting.exchange = exchange
      }
    }
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    let request = { (path: Int) in "GET /\(path) HTTP/1.1\r\nHost: h\r\n\r\n" }
    try client.write(Array((request(1) + request(2) + request(3)).utf8))
    usleep(50_000)
    server.sync { _ in waiting.exchange?.respond(HTTPResponse(status: 200, json: "/1")) }
    for path in 1...3 { #expect(try client.request("").hasSuffix("\r\n\r\n/\(path)")) }
  }

  @Test func `a response in pieces is chunked, and ends with the connection for HTTP/1.0`() throws {
    let server = try InProcessServer {
      $0.exchange = { exchange in
        exchange.begin(HTTPResponse(status: 200, contentType: "text/event-stream"))
        for text in ["data: 1\n\n", "data: 22\n\n"] { exchange.write(Array(text.utf8)) }
        exchange.end()
      }
    }
    defer { server.stop() }
    let new = try RawClient(port: server.port)
    let head = try new.request("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    #expect(head.contains("transfer-encoding: chunked\r\n") && head.contains("connection: keep-alive\r\n"))
    #expect(try String(decoding: new.read(34), as: UTF8.self) == "9\r\ndata: 1\n\n\r\na\r\ndata: 22\n\n\r\n0\r\n\r\n")
    let old = try RawClient(port: server.port)
    #expect(try old.request("GET / HTTP/1.0\r\n\r\n").contains("connection: close\r\n"))
    #expect(try String(decoding: old.read(19), as: UTF8.self) == "data: 1\n\ndata: 22\n\n")
    #expect(try old.next() == nil)
  }

  @Test func `a client that shuts down its side still gets the response`() throws {
    let waiting = Waiting()
    let server = try InProcessServer { $0.exchange = { waiting.exchange = $0 } }
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    try client.write(Array("GET / HTTP/1.1\r\nHost: h\r\n\r\n".utf8))
    shutdown(client.descriptor, Int32(SHUT_WR))
    usleep(50_000)
    server.sync { _ in waiting.exchange?.respond(HTTPResponse(status: 200, json: "late")) }
    #expect(try client.request("").hasSuffix("\r\n\r\nlate"))
    #expect(try client.next() == nil)
  }

  /// Only touched on the loop's thread.
  private final class Waiting: @unchecked Sendable {
    var exchange: HTTPExchange?
  }
}
