import COpenSSL
import Support
import Testing

@testable import IO

/// A server's end of TLS against OpenSSL's client.
@Suite(.enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"))
struct TLSSessionTests {
  private let context: TLSContext
  private static let everySuite = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
  static let suites = everySuite.split(separator: ":").map { String($0) }

  init() throws {
    let files = try TestCertificates()
    context = try TLSContext(serving: CertificateFiles(certificate: files.certificate, key: files.key))
  }

  private func data(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

  private func established(_ suites: String? = everySuite, pieceBytes: Int = .max) -> TLSPair {
    let pair = TLSPair(context, suites: suites, pieceBytes: pieceBytes)
    pair.shake()
    #expect(pair.failure == nil && pair.session.isEstablished)
    return pair
  }

  @Test(arguments: suites, [1, 2, 5, 7, 100, .max])
  func `both ends speak from the first byte after the handshake, in pieces of any size`(suite: String, size: Int) {
    let pair = TLSPair(context, suites: suite, pieceBytes: size)
    pair.shake(lastWords: [1, 2, 3])
    #expect(pair.session.records != nil)
    #expect(pair.heard == [1, 2, 3])
    pair.say([4, 5])
    pair.toClient()
    #expect(pair.client.read() == .init([4, 5], .wantsMore))
    #expect(pair.client.write([6]))
    pair.toServer()
    #expect(pair.heard == [1, 2, 3, 6])
    #expect(pair.end == .more)
  }

  @Test(arguments: suites)
  func `a megabyte arrives both ways`(suite: String) {
    let pair = established(suite, pieceBytes: 60_000)
    let megabyte = data(1 << 20)
    #expect(pair.client.write(megabyte))
    pair.toServer()
    #expect(pair.heard == megabyte)
    pair.say(megabyte)
    pair.toClient()
    #expect(pair.client.read() == .init(megabyte, .wantsMore))
  }

  @Test(arguments: [1, 5, .max])
  func `TLS 1.2 stays OpenSSL's`(size: Int) {
    let pair = established(nil, pieceBytes: size)
    #expect(pair.session.records == nil)
    #expect(pair.client.version == "TLSv1.2")
    #expect(pair.client.write(data(50_000)))
    pair.toServer()
    #expect(pair.heard == data(50_000))
    pair.say([1])
    pair.shutDown()
    pair.toClient()
    #expect(pair.client.read() == .init([1], .closed))
  }

  @Test func `a client that wants short records gets them, from OpenSSL`() {
    let pair = TLSPair(context, suites: Self.everySuite, wantsShortRecords: true)
    pair.shake()
    #expect(pair.session.records == nil)
    pair.say(data(3000))
    pair.toClient()
    #expect(pair.client.read() == .init(data(3000), .wantsMore))
  }

  @Test(arguments: suites, [1, .max])
  func `a client comes back with its ticket, and again with the next one`(suite: String, size: Int) {
    var ticket: OpaquePointer?
    for visit in 0..<3 {
      let pair = TLSPair(context, suites: suite, ticket: ticket, pieceBytes: size)
      pair.shake(lastWords: [7])
      #expect(pair.session.records != nil)
      #expect(pair.client.isResumed == (visit > 0))
      pair.say([8])
      pair.toClient()
      #expect(pair.client.read() == .init([8], .wantsMore))
      #expect(pair.takeHeard() == [7])
      SSL_SESSION_free(ticket)
      ticket = pair.client.ticket()
    }
    SSL_SESSION_free(ticket)
  }

  @Test(arguments: suites, [true, false])
  func `the client changes its keys, and has ours changed if it asks`(suite: String, asksForOurs: Bool) {
    let pair = established(suite, pieceBytes: 9)
    for round in 0..<5 as Range<UInt8> {
      #expect(pair.client.updateKeys(asksForOurs: asksForOurs))
      #expect(pair.client.write([round]))
      pair.toServer()
      pair.say([round, round])
      pair.toClient()
      #expect(pair.client.read() == .init([round, round], .wantsMore))
    }
    #expect(pair.heard == [0, 1, 2, 3, 4])
  }

  @Test func `a client that asks again and again without reading is answered once`() {
    let pair = established()
    pair.say([1])
    let kept = pair.session.unsent.count
    for _ in 0..<20 {
      #expect(pair.client.updateKeys(asksForOurs: true))
      #expect(pair.client.write([2]))
      pair.toServer()
    }
    #expect(pair.end == .more)
    #expect(pair.session.unsent.count == kept)
    pair.say([3])
    pair.toClient()
    #expect(pair.client.read() == .init([1, 3], .wantsMore))
  }

  @Test func `our close is seen, and the client's, whose other half goes on`() {
    let pair = established()
    pair.client.close()
    pair.toServer()
    #expect(pair.end == .closed)
    pair.say([1, 2])
    pair.shutDown()
    pair.toClient()
    #expect(pair.client.read() == .init([1, 2], .closed))
  }

  @Test func `changed bytes end the connection, and the client is told why`() {
    let pair = established()
    #expect(pair.client.write([1]) && pair.client.write([2]))
    var sent = pair.client.sent()
    sent[sent.count - 1] ^= 1
    pair.toServer(sent)
    #expect(pair.heard == [1])
    #expect(pair.end == .failed(TLSFault(.badRecordMac, "a record was changed, or sealed with another key")))
    pair.toClient()
    guard case .failed(let reason) = pair.client.read().end else {
      Issue.record("The client has heard no alert.")
      return
    }
    #expect(reason.hasSuffix("alert bad record mac"))
  }

  @Test func `a session continues with another loop's memory, in the middle of a record`() {
    let pair = established(pieceBytes: 100)
    #expect(pair.client.write(data(5000)))
    let sent = pair.client.sent()
    pair.toServer(Array(sent.prefix(3000)))
    pair.move()
    pair.toServer(Array(sent.dropFirst(3000)))
    #expect(pair.heard == data(5000))
    pair.say([1])
    pair.toClient()
    #expect(pair.client.read() == .init([1], .wantsMore))
  }

  @Test func `a session moves before its handshake, and in it`() {
    let pair = TLSPair(context, suites: Self.everySuite)
    pair.move()
    #expect(!pair.client.handshake())
    pair.toServer()
    pair.move()
    pair.toClient()
    #expect(pair.client.handshake() && pair.client.write([1]))
    pair.toServer()
    #expect(pair.heard == [1] && pair.session.records != nil)
  }
}
