import Testing

@testable import LoadBenchmark

@Suite struct ReplyTests {
  private func reply(_ text: String) -> Reply { Array(text.utf8).withUnsafeBytes { Reply($0) } }

  @Test(arguments: [
    #"{"client_id":123456789,"seq":7,"chunk_size":4096}"#,
    #"{"chunk_size": 4096, "client_id": 123456789, "seq": 7}"#,
    "{\n\t\"seq\" : 7 ,\n\t\"chunk_size\" : 4096\n}",
  ])
  func `an acknowledgement is known by its chunk's size, in any order`(text: String) {
    #expect(reply(text) == .acknowledgement(seq: 7, chunkBytes: 4096))
  }

  @Test(arguments: [
    #"{"seq":7,"transcription":"mock transcription for client 1 msg#7 (binary 3200 bytes)"}"#,
    #"{"transcription":"with \"quotes\", a \\ and a }","seq":7}"#,
    #"{"rms":0.25,"dbfs":null,"final":true,"peak":-1e-3,"seq":7,"transcription":"","segment":3}"#,
  ])
  func `a transcription is known by its text, among other keys`(text: String) {
    #expect(reply(text) == .transcription(seq: 7))
  }

  @Test(arguments: [
    #"{"error":"Expected binary audio chunk or text"}"#, #"{"seq":7}"#, #"{"chunk_size":7}"#, "{}", "", "[]", "{\"",
    #"{"seq":"#, #"{"seq":-1,"chunk_size":2}"#, #"{"seq":12345678901234567890,"transcription":""}"#,
    #"{"transcription":"not the seq: \"seq\":5"#,
  ])
  func `anything else is neither`(text: String) {
    #expect(reply(text) == .other)
  }
}

@Suite struct ReplyAccountTests {
  @Test func `a chunk is completed by both its replies`() {
    var account = ReplyAccount()
    for chunk in 0..<3 { #expect(account.send() == chunk) }
    #expect(account.acknowledge(seq: 1) == .expected(0))
    #expect(account.completed == 0)
    #expect(account.transcribe(seq: 1) == .expected(0))
    #expect(account.completed == 1)
    #expect((account.inFlight, account.unacknowledged, account.untranscribed) == (2, 2, 2))
  }

  @Test func `what is left out, doubled or too early is found out`() {
    var account = ReplyAccount()
    for _ in 0..<5 { _ = account.send() }
    #expect(account.acknowledge(seq: 3) == .skipped(2, missing: 2))
    #expect(account.acknowledge(seq: 2) == .repeated)
    #expect(account.acknowledge(seq: 6) == .early)
    #expect(account.acknowledge(seq: 0) == .repeated)
    #expect(account.transcribe(seq: 1) == .expected(0))
    #expect(account.transcribe(seq: 4) == .early)
  }
}
