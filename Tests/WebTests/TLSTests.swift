import IO
import Support
import Testing

@testable import Web

@Suite(.enabled(if: TestCertificates.isAvailable, "\(TestCertificates.requirement)"))
struct TLSTests {
  private let files: TestCertificates

  init() throws { files = try TestCertificates() }

  private func server(
    _ change: @escaping (inout InProcessServer.Behaviour) -> Void = { _ in }
  ) throws -> WebTests.InProcessServer {
    try InProcessServer {
      $0.reception.certificate = CertificateFiles(certificate: files.certificate, key: files.key)
      change(&$0)
    }
  }

  @Test(arguments: ["localhost", "127.0.0.1"])
  func `both ends speak TLS when the certificate is the authority's and the name is right`(host: String) throws {
    let server = try server()
    defer { server.stop() }
    let client = try TestClient("wss://\(host):\(server.port)/ws", authorities: files.authority)
    defer { client.stop() }
    let payload = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let sum = payload.reduce(UInt32(0)) { $0 &+ UInt32($1) }
    for _ in 0..<3 { client.send(binary: payload) }
    #expect(client.texts.wait(for: 3) == [String](repeating: "binary 1048576: \(sum)", count: 3))
    client.sync { $0.close(code: 1000, reason: "done") }
    while client.events.all.last == "drained" || client.events.all.count < 2 { client.events.wait() }
    #expect(client.events.all.first == "opened")
    #expect(client.events.all.last == "closed 1000 done")
  }

  @Test(arguments: [
    ("-tls1_2", "TLSv1.2"), ("-ciphersuites TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
    ("-ciphersuites TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384"),
    ("-ciphersuites TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256"),
  ])
  func `another client is served with each version and suite, and told of the end`(flag: String, name: String) throws {
    let server = try server()
    defer { server.stop() }
    let said = try ShellCommand.run(
      """
      printf 'GET /hello HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' | \
      openssl s_client -connect 127.0.0.1:\(server.port) -CAfile \(files.authority) -ign_eof \(flag)
      """)
    #expect(said.contains(name) && said.contains(#"{"path":"/hello"}"#) && said.contains("closed"), "\(said)")
  }

  @Test func `a certificate of another authority or for another name is not trusted`() throws {
    let server = try server()
    defer { server.stop() }
    let other = try TestCertificates(names: "DNS:elsewhere.example")
    let stranger = try TestClient("wss://localhost:\(server.port)/ws", authorities: other.authority)
    defer { stranger.stop() }
    #expect(
      stranger.events.all.first?.hasPrefix("failed the server's certificate is not trusted: ") == true,
      "\(stranger.events.all)")
    let misnamed = try InProcessServer {
      $0.reception.certificate = CertificateFiles(certificate: other.certificate, key: other.key)
    }
    defer { misnamed.stop() }
    let client = try TestClient("wss://localhost:\(misnamed.port)/ws", authorities: other.authority)
    defer { client.stop() }
    #expect(
      client.events.all.first?.hasPrefix("failed the server's certificate is not trusted: ") == true,
      "\(client.events.all)")
  }

  @Test func `TLS and no TLS mixed up are told as that, both ways`() throws {
    let secure = try server()
    defer { secure.stop() }
    let open = try TestClient("ws://127.0.0.1:\(secure.port)/ws")
    defer { open.stop() }
    #expect(open.events.all == ["failed the server speaks TLS: use wss://"])
    let plain = try InProcessServer()
    defer { plain.stop() }
    let encrypted = try TestClient("wss://127.0.0.1:\(plain.port)/ws", authorities: files.authority)
    defer { encrypted.stop() }
    #expect(encrypted.events.all == ["failed the server speaks no TLS: use ws://"])
  }

  @Test func `a plain request to a server with TLS is refused unread, and the server goes on`() throws {
    let server = try server()
    defer { server.stop() }
    let client = try RawClient(port: server.port)
    let answer = try client.request(RawClient.upgrade("/ws"))
    #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
    let trusting = try TestClient("wss://localhost:\(server.port)/ws", authorities: files.authority)
    defer { trusting.stop() }
    #expect(trusting.events.all == ["opened"])
  }

  @Test func `files that can't be used are named with the reason`() throws {
    #expect(throws: IOError.badCertificate(file: "/nowhere", reason: "No such file or directory")) {
      try InProcessServer { $0.reception.certificate = CertificateFiles(certificate: "/nowhere", key: files.key) }
    }
    let other = try TestCertificates()
    #expect(throws: IOError.badCertificate(file: other.key, reason: "key values mismatch")) {
      try InProcessServer {
        $0.reception.certificate = CertificateFiles(certificate: files.certificate, key: other.key)
      }
    }
    let text = try files.broken()
    #expect(throws: IOError.badCertificate(file: text, reason: "expected a certificate in PEM")) {
      try InProcessServer { $0.reception.certificate = CertificateFiles(certificate: text, key: files.key) }
    }
    #expect(throws: IOError.badCertificate(file: text, reason: "expected a private key in PEM")) {
      try InProcessServer { $0.reception.certificate = CertificateFiles(certificate: files.certificate, key: text) }
    }
    let untrusting = try TestClient("wss://localhost:1/ws", authorities: text)
    defer { untrusting.stop() }
    #expect(untrusting.events.all == ["failed \(text) cannot be used for TLS: expected certificates in PEM"])
    let client = try TestClient("wss://localhost:1/ws", authorities: "/nowhere")
    defer { client.stop() }
    #expect(client.events.all == ["failed /nowhere cannot be used for TLS: No such file or directory"])
  }

  @Test func `a renewed certificate serves new connections while the old ones go on, a broken one changes nothing`()
    throws
  {
    let server = try server()
    defer { server.stop() }
    let early = try TestClient("wss://localhost:\(server.port)/ws", authorities: files.authority)
    defer { early.stop() }
    let renewed = try TestCertificates()
    let authority = files.authority
    try files.take(from: renewed)
    let current = CertificateFiles(certificate: files.certificate, key: files.key)
    let reception: Reception = {
      var reception = Reception()
      reception.certificate = current
      return reception
    }()
    server.sync { server in #expect(throws: Never.self) { try server.update(reception, Patience()) } }
    let late = try TestClient("wss://localhost:\(server.port)/ws", authorities: renewed.authority)
    defer { late.stop() }
    #expect(late.events.all == ["opened"])
    let outdated = try TestClient("wss://localhost:\(server.port)/ws", authorities: authority)
    defer { outdated.stop() }
    #expect(outdated.events.all.first?.hasPrefix("failed") == true)
    try ShellCommand.run("echo broken >\(files.certificate)")
    server.sync { server in #expect(throws: IOError.self) { try server.update(reception, Patience()) } }
    let later = try TestClient("wss://localhost:\(server.port)/ws", authorities: renewed.authority)
    defer { later.stop() }
    #expect(later.events.all == ["opened"])
    early.send(binary: [5])
    #expect(early.texts.wait() == ["binary 1: 5"])
  }

  @Test func `a reader that stalls gets everything in order over TLS too`() throws {
    let server = try server {
      $0.received = { connection, bytes, _ in
        for number in 0..<2000 { connection.send(text: "\(number) " + String(repeating: "r", count: 1000)) }
      }
    }
    defer { server.stop() }
    let client = try TestClient("wss://localhost:\(server.port)/ws", authorities: files.authority)
    defer { client.stop() }
    client.sync { $0.pauseReading() }
    for _ in 0..<10 { client.send(binary: [1]) }
    client.sync { $0.resumeReading() }
    let texts = client.texts.wait(for: 20_000)
    #expect(texts.map { $0.prefix { $0 != " " } } == (0..<20_000).map { "\($0 % 2000)" })
  }
}
