import Testing
import WorkerLink

@Suite struct BrokerLinkTests {
  private typealias Header = BrokerLink.Header

  /// One side of a link.
  private final class Side {
    private var link: BrokerLink
    init(_ number: UInt64, hasWindow: Bool) { link = BrokerLink(number: number, hasWindow: hasWindow) }
    var owesReport: Bool { link.owesReport }
    func piece(of count: Int) -> Int { link.piece(of: count) }
    func send(_ count: Int) -> Header { link.send(count) }
    func receive(_ header: Header, bytes: Int) -> BrokerLink.Arrival { link.receive(header, bytes: bytes) }
  }

  @Test func `each message begins where the last one ended, and reports what was heard`() {
    let gateway = Side(7, hasWindow: true)
    let worker = Side(7, hasWindow: false)
    #expect(gateway.send(0) == Header(link: 7, offset: 0, heard: 0))
    let first = gateway.send(100)
    let second = gateway.send(50)
    #expect(first == Header(link: 7, offset: 0, heard: 0) && second == Header(link: 7, offset: 100, heard: 0))
    #expect(worker.receive(first, bytes: 100) == .deliver)
    #expect(worker.receive(second, bytes: 50) == .deliver)
    let answer = worker.send(30)
    #expect(answer == Header(link: 7, offset: 0, heard: 150))
    #expect(gateway.receive(answer, bytes: 30) == .deliver)
    #expect(gateway.send(1) == Header(link: 7, offset: 150, heard: 30))
  }

  @Test func `a gap, a repetition and an impossible report break the link`() {
    for header in [
      Header(link: 7, offset: 1, heard: 0), Header(link: 7, offset: 99, heard: 0),
      Header(link: 7, offset: 0, heard: 11),
    ] {
      let link = Side(7, hasWindow: true)
      _ = link.send(10)
      #expect(link.receive(header, bytes: 4) == .broken)
    }
    let link = Side(7, hasWindow: true)
    _ = link.send(10)
    #expect(link.receive(Header(link: 7, offset: 0, heard: 10), bytes: 4) == .deliver)
    #expect(link.receive(Header(link: 7, offset: 0, heard: 10), bytes: 4) == .broken)
    #expect(link.receive(Header(link: 7, offset: 4, heard: 9), bytes: 4) == .broken)
  }

  @Test func `what another link carries is late, and changes nothing`() {
    let link = Side(7, hasWindow: true)
    #expect(link.receive(Header(link: 6, offset: 0, heard: 0), bytes: 4) == .late)
    #expect(link.receive(Header(link: 8, offset: 0, heard: 0), bytes: 4) == .late)
    #expect(link.receive(Header(link: 7, offset: 0, heard: 0), bytes: 4) == .deliver)
  }

  @Test func `a gateway sends no more than the window, and goes on when it is told`() {
    let link = Side(1, hasWindow: true)
    var sent = 0
    while case let count = link.piece(of: .max), count > 0 {
      #expect(count <= BrokerLink.pieceBytes)
      _ = link.send(count)
      sent += count
    }
    #expect(sent == BrokerLink.windowBytes)
    #expect(link.receive(Header(link: 1, offset: 0, heard: 1000), bytes: 0) == .deliver)
    #expect(link.piece(of: .max) == 1000)
    let worker = Side(1, hasWindow: false)
    for _ in 0..<1000 { _ = worker.send(worker.piece(of: .max)) }
    #expect(worker.piece(of: .max) == BrokerLink.pieceBytes)
  }

  @Test func `what was heard is reported by itself before the window is used up`() {
    let link = Side(1, hasWindow: false)
    var offset: UInt64 = 0
    while !link.owesReport {
      #expect(link.receive(Header(link: 1, offset: offset, heard: 0), bytes: BrokerLink.pieceBytes) == .deliver)
      offset += UInt64(BrokerLink.pieceBytes)
    }
    #expect(offset < UInt64(BrokerLink.windowBytes))
    #expect(link.send(0).heard == offset)
    #expect(!link.owesReport)
  }

  @Test func `a header is 24 bytes and reads back`() {
    let header = Header(link: 1 << 40, offset: 3, heard: .max)
    header.withBytes { bytes in
      #expect(bytes.count == BrokerLink.headerBytes)
      #expect(Header(bytes) == header)
      #expect(Header(UnsafeRawBufferPointer(rebasing: bytes.dropLast())) == nil)
    }
    #expect(Header.end(of: 5).isEnd && !header.isEnd && Header(link: 1, offset: 0, heard: 0).isFirst)
  }

  @Test func `subjects name both ends, two tokens each`() {
    #expect(LinkSubject.toWorker("m.1", from: "g.2") == "as.w.m.1.g.2")
    #expect(LinkSubject.toGateway("g.2", from: "m.1") == "as.g.g.2.m.1")
    #expect(LinkSubject.process(in: LinkSubject.toWorker("m.1", from: "g.2")) == "g.2")
    #expect(LinkSubject.process(in: LinkSubject.hello(of: "m.1")) == "m.1")
    for subject in ["", "as.hello.m", "as.hello.m.", "as.hello..1"] {
      #expect(LinkSubject.process(in: subject) == nil)
    }
  }

  @Test func `announcements read back, and nonsense is none`() {
    let announcement = WorkerAnnouncement(
      versions: 5...6, engines: ["mock", "speech"], streams: 3, capacity: 10, isLeaving: true,
      copyBytes: 4096, copiesDropped: 2)
    #expect(announcement.json.withUnsafeBytes { WorkerAnnouncement(json: $0) } == announcement)
    let ending = WorkerEnding(reason: "killed by signal 9 (Killed)", isCrash: false)
    #expect(ending.json.withUnsafeBytes { WorkerEnding(json: $0) } == ending)
    for text in [
      "", "{}", "[]", #"{"first_version":6,"last_version":5,"streams":0,"capacity":1}"#,
      #"{"first_version":5,"last_version":5,"streams":-1,"capacity":1}"#,
      #"{"first_version":5,"last_version":5,"streams":0,"capacity":0}"#,
    ] {
      #expect(Array(text.utf8).withUnsafeBytes { WorkerAnnouncement(json: $0) } == nil)
      #expect(Array(text.utf8).withUnsafeBytes { WorkerEnding(json: $0) } == nil)
    }
  }
}
