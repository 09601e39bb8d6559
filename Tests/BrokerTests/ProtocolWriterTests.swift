import Testing

@testable import Broker

@Suite struct ProtocolWriterTests {
  private func text(_ write: (inout ProtocolWriter) -> Void) -> String {
    var writer = ProtocolWriter()
    write(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func `operations are lines, messages have their size before them`() {
    #expect(text { $0.subscribe("as.hello.>", as: 1) } == "SUB as.hello.> 1\r\n")
    #expect(text { $0.unsubscribe(17) } == "UNSUB 17\r\n")
    Array("hello".utf8).withUnsafeBytes { part in
      #expect(text { $0.publish("a.b", part) } == "PUB a.b 5\r\nhello\r\n")
      #expect(text { $0.publish("a.b", reply: "c.d", part, part) } == "PUB a.b c.d 10\r\nhellohello\r\n")
    }
    #expect(text { $0.publish("a", UnsafeRawBufferPointer(start: nil, count: 0)) } == "PUB a 0\r\n\r\n")
  }
}
