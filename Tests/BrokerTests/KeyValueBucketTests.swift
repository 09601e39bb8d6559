import Testing

@testable import Broker

@Suite struct KeyValueBucketTests {
  private let bucket = KeyValueBucket("sessions")

  private func text(_ request: KeyValueBucket.Request) -> String {
    var writer = ProtocolWriter()
    request.payload.withUnsafeBytes { payload in
      if let header = request.header {
        writer.publish(request.subject, reply: "r.1", header, payload)
      } else {
        writer.publish(request.subject, reply: "r.1", payload)
      }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func `a change says the revision that it follows, a deletion what it is`() {
    #expect(
      text(bucket.change("ab", to: Array("new".utf8), after: 7))
        == "HPUB $KV.sessions.ab r.1 52 55\r\nNATS/1.0\r\nNats-Expected-Last-Subject-Sequence: 7\r\n\r\nnew\r\n")
    #expect(
      text(bucket.change("ab", to: nil, after: 0))
        == "HPUB $KV.sessions.ab r.1 71 71\r\nNATS/1.0\r\nNats-Expected-Last-Subject-Sequence: 0\r\n"
        + "KV-Operation: DEL\r\n\r\n\r\n")
  }

  @Test func `other requests are to the stream behind the bucket`() {
    #expect(text(bucket.inspection) == "PUB $JS.API.STREAM.INFO.KV_sessions r.1 0\r\n\r\n")
    #expect(
      text(bucket.reading("ab"))
        == "PUB $JS.API.STREAM.MSG.GET.KV_sessions r.1 34\r\n{\"last_by_subj\":\"$KV.sessions.ab\"}\r\n")
    let creation = bucket.creation(replicas: 3, age: .seconds(1800))
    #expect(creation.subject == "$JS.API.STREAM.CREATE.KV_sessions")
    let configuration = String(decoding: creation.payload, as: UTF8.self)
    for part in [
      #""name":"KV_sessions""#, #""subjects":["$KV.sessions.>"]"#, #""max_msgs_per_subject":1"#, #""num_replicas":3"#,
      #""max_age":1800000000000"#, #""storage":"file""#, #""discard":"new""#, #""deny_delete":true"#,
      #""allow_rollup_hdrs":true"#,
    ] { #expect(configuration.contains(part)) }
  }

  private func entry(_ json: String) throws(BucketError) -> BucketReply.Entry { try reply(json).entry() }

  private func reply(_ json: String) throws(BucketError) -> BucketReply {
    let bytes = Array(json.utf8)
    let result = bytes.withUnsafeBytes { bytes in
      BucketReply.result(of: BrokerMessage(subscription: 4, subjectBytes: bytes, status: nil, payload: bytes))
    }
    return try result.get()
  }

  /// The answers of nats-server 2.15.1.
  @Test func `answers are read as the broker words them`() throws {
    #expect(try reply(#"{"stream":"KV_sessions","seq":2}"#).revision() == 2)
    #expect(
      try entry(
        #"{"type":"io.nats.jetstream.api.v1.stream_msg_get_response","message":{"subject":"$KV.sessions.a","seq":1,"#
          + #""hdrs":"TkFUUy8xLjANCk5hdHMtRXhwZWN0ZWQtTGFzdC1TdWJqZWN0LVNlcXVlbmNlOiAwDQoNCg==","#
          + #""data":"aGVsbG8=","time":"2026-11-30T10:31:52.638049451Z"}}"#)
        == .init(value: Array("hello".utf8), revision: 1))
    #expect(
      try entry(
        #"{"message":{"subject":"$KV.sessions.a","seq":3,"#
          + #""hdrs":"TkFUUy8xLjANCk5hdHMtRXhwZWN0ZWQtTGFzdC1TdWJqZWN0LVNlcXVlbmNlOiAyDQpLVi1PcGVyYXRpb246IERFTA0KDQo=","#
          + #""time":"2026-11-30T10:31:54.64665805Z"}}"#) == .init(value: nil, revision: 3))
    #expect(try entry(#"{"message":{"seq":18446744073709551615}}"#) == .init(value: [], revision: .max))
    #expect(try reply(#"{"config":{"name":"KV_sessions","num_replicas":3}}"#).replicas() == 3)
    // As the broker that is left of three answers.
    let led = #"{"config":{"num_replicas":3},"cluster":{"name":"audio","leader":"b","replicas":[]}}"#
    #expect(try reply(led).replicas() == 3)
    #expect(throws: BucketError.noLeader) {
      try reply(#"{"config":{"num_replicas":3},"cluster":{"name":"audio","replicas":[]}}"#).replicas()
    }
  }

  private static let errors: [(String, BucketError)] = [
    (#"{"code":400,"err_code":10071,"description":"wrong last sequence: 1"}"#, .wrongRevision),
    (#"{"code":400,"err_code":10164,"description":"wrong last sequence"}"#, .wrongRevision),
    (#"{"code":404,"err_code":10037,"description":"no message found"}"#, .noMessage),
    (#"{"code":404,"err_code":10059,"description":"stream not found"}"#, .noBucket),
    (#"{"code":503,"err_code":10039}"#, .noJetStream),
    (#"{"code":503,"err_code":10008}"#, .noLeader),
    (
      #"{"code":500,"err_code":10047,"description":"insufficient storage resources available"}"#,
      .other("insufficient storage resources available")
    ),
    ("7", .other("error without a description")),
  ]

  @Test(arguments: errors)
  func `an error is what its number says`(_ json: String, error: BucketError) {
    #expect(throws: error) { try reply(#"{"error":\#(json),"stream":"KV_sessions","seq":0}"#) }
  }

  @Test(arguments: [
    "", "null", "[]", "{", #"{"message":7}"#, #"{"message":{"seq":0,"data":""}}"#, #"{"message":{"seq":-1}}"#,
    #"{"message":{"seq":1,"data":"A"}}"#, #"{"message":{"seq":1,"hdrs":"AAAA"}}"#, #"{"message":{"seq":1,"hdrs":"A"}}"#,
    #"{"message":{"seq":18446744073709551616}}"#,
  ])
  func `anything else is no answer`(_ json: String) {
    #expect(throws: BucketError.malformed) { try entry(json) }
  }

  @Test func `a header is fields in lines`() {
    func header(_ text: String) -> BrokerHeader? { Array(text.utf8).withUnsafeBytes { BrokerHeader($0) } }
    #expect(header("NATS/1.0\r\nA: 1\r\nB:2\r\nA: 3\r\n\r\n").map { [$0["A"], $0["B"], $0["C"]] } == ["1", "2", nil])
    #expect(header("NATS/1.0 503\r\n\r\n")?.fields.isEmpty == true)
    for text in ["", "HTTP/1.1\r\n", "NATS/1.0\r\nno colon\r\n\r\n"] { #expect(header(text) == nil) }
    let written = BrokerHeader(["A": "1", "B": "2"])
    #expect(header(written.text) == written)
  }
}
