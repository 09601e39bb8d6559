import Testing

@testable import IO

struct TLSRecordsTests {
  private func bytes(_ hexadecimal: String) -> [UInt8] {
    hexadecimal.split(whereSeparator: \.isWhitespace).joined().chunked(2).compactMap { UInt8($0, radix: 16) }
  }

  private func data(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

  private func alert(_ end: TLSInputEnd) -> TLSAlert? {
    guard case .failed(let fault) = end else { return nil }
    return fault.alert
  }

  // MARK: RFC 8448, 3

  private let secretsOfRFC8448 = (
    "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
    "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"
  )

  @Test func `keys follow from secrets as in RFC 8448`() {
    let secrets = RecordPeer.secrets(secretsOfRFC8448)
    func expand(_ secret: UnsafeMutableRawBufferPointer, _ label: String, _ count: Int) -> [UInt8] {
      var target = [UInt8](repeating: 0, count: count)
      let isDone = target.withUnsafeMutableBytes { RecordCiphers.expand(.aes128GCM, secret, label, into: $0) }
      return isDone ? target : []
    }
    #expect(expand(secrets.server.secret, "key", 16) == bytes("9f02283b6c9c07efc26bb9f2ac92e356"))
    #expect(expand(secrets.server.secret, "iv", 12) == bytes("cf782b88dd83549aadf1e984"))
    #expect(expand(secrets.client.secret, "key", 16) == bytes("17422dda596ed5d9acd890e3c63f5051"))
    #expect(expand(secrets.client.secret, "iv", 12) == bytes("5b78923dee08579033e523d9"))
  }

  @Test(arguments: [1, 3, 4, 5, 6, 71, 72, 73, 1000])
  func `records are those of RFC 8448, in pieces of any size`(size: Int) throws {
    // One record with a session ticket was written before.
    let peer = try RecordPeer(secretsOf: secretsOfRFC8448, written: 1)
    let sent = bytes(
      """
      17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa 66 bc ab 3f 2b 98 19 a8 a5 b4
      6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2 97 70 14 bd 1e 3d ea e6 3a ee bb 21 69 49 15 e4
      """)
    let plain = (0..<50).map { UInt8($0) }
    let heard = peer.take(sent, by: size)
    #expect(heard.plain == plain)
    #expect(heard.end == .more)
    #expect(
      peer.answer(plain)
        == bytes(
          """
          17 03 03 00 43 2e 93 7e 11 ef 4a c7 40 e5 38 ad 36 00 5f c4 a4 69 32 fc 32 25 d0 5f 82 aa 1b 36 e3 0e fa f9
          7d 90 e6 df fc 60 2d cb 50 1a 59 a8 fc c4 9c 4b f2 e5 f0 a2 1c 00 47 c2 ab f3 32 54 0d d0 32 e1 67 c2 95 5d
          """))
    #expect(
      peer.answer(.closeNotify)
        == bytes("17 03 03 00 13 b5 8f d6 71 66 eb f5 99 d2 47 20 cf be 7e fa 7a 88 64 a9"))
    let end = peer.take(
      bytes("17 03 03 00 13 c9 87 27 60 65 56 66 b7 4d 7f f1 15 3e fd 6d b6 d0 b0 e3"), by: size)
    #expect(end.plain == [])
    #expect(end.end == .closed)
  }

  // MARK: Data

  @Test(arguments: TLSCipherSuite.allCases, [1, 2, 5, 6, 100, 16_406, 65_536])
  func `data arrives in order with every suite, in pieces of any size`(suite: TLSCipherSuite, size: Int) throws {
    let peer = try RecordPeer(suite)
    let messages = [data(1), data(3200), data(16_384), data(7), data(16_383)]
    let heard = peer.take(messages.flatMap { peer.seal($0) }, by: size)
    #expect(heard.plain == messages.flatMap { $0 })
    #expect(heard.end == .more)
  }

  @Test(arguments: [(0, 0), (1, 1), (16_384, 1), (16_385, 2), (50_000, 4), (131_072, 8)])
  func `output is as few records as possible`(count: Int, records: Int) throws {
    let peer = try RecordPeer()
    let sealed = peer.answer(data(count))
    #expect(sealed.count == count + records * 22)
    #expect(sealed.withUnsafeBytes { TLSRecords.count(in: $0) } == records)
    let opened = try #require(peer.open(sealed))
    #expect(opened.allSatisfy { $0.type == 23 })
    #expect(opened.flatMap(\.plain) == data(count))
  }

  @Test func `padding is no data`() throws {
    let peer = try RecordPeer()
    let padded = peer.seal([1, 2, 0, 23] + [UInt8](repeating: 0, count: 300), type: 0)
    #expect(peer.take(padded + peer.seal([3])).plain == [1, 2, 0, 3])
  }

  @Test func `records that are something else are not counted`() {
    func count(_ bytes: [UInt8]) -> Int? { bytes.withUnsafeBytes { TLSRecords.count(in: $0) } }
    #expect(count([]) == 0)
    #expect(count([23, 3, 3, 0, 1, 9, 23, 3, 3, 0, 0]) == 2)
    #expect(count([22, 3, 3, 0, 1, 9]) == nil)
    #expect(count([23, 3, 3, 0, 2, 9]) == nil)
    #expect(count([23, 3, 3, 0]) == nil)
  }

  // MARK: Errors

  @Test(arguments: [0, 1, 2, 3, 4, 5, 20, 27, 28, 43])
  func `a record with one bit changed is refused`(place: Int) throws {
    let peer = try RecordPeer()
    var record = peer.seal(data(22))
    record[place] ^= 1
    // Enough for a record that has become longer.
    let heard = peer.take(record + [UInt8](repeating: 0, count: 300))
    #expect(heard.plain == [])
    #expect(alert(heard.end) == (place == 0 ? .unexpectedMessage : .badRecordMac))
  }

  @Test func `records out of order, twice or of other keys are refused`() throws {
    for order in [[1, 0], [0, 0], [0, 2]] {
      let peer = try RecordPeer()
      let records = [peer.seal([1]), peer.seal([2]), peer.seal([3])]
      let heard = peer.take(order.flatMap { records[$0] })
      #expect(heard.plain == (order[0] == 0 ? [1] : []))
      #expect(heard.end == .failed(TLSFault(.badRecordMac, "a record was changed, or sealed with another key")))
    }
  }

  @Test(arguments: [
    ([22, 3, 3, 0, 5], TLSAlert.unexpectedMessage, "expected an encrypted record, got one of type 22"),
    ([20, 3, 3, 0, 1, 1], .unexpectedMessage, "expected an encrypted record, got one of type 20"),
    ([21, 3, 3, 0, 2, 2, 0], .unexpectedMessage, "expected an encrypted record, got one of type 21"),
    ([71], .unexpectedMessage, "expected an encrypted record, got one of type 71"),
    ([23, 3, 3, 0x41, 1], .recordOverflow, "expected a record of at most 16640 bytes, got 16641"),
    ([23, 3, 3, 0xff, 0xff], .recordOverflow, "expected a record of at most 16640 bytes, got 65535"),
    ([23, 3, 3, 0, 0], .badRecordMac, "a record was changed, or sealed with another key"),
    ([23, 3, 3, 0, 4, 1, 2, 3, 4], .badRecordMac, "a record was changed, or sealed with another key"),
  ])
  func `what is no record is refused as soon as that is seen`(sent: [UInt8], alert: TLSAlert, reason: String) throws {
    for size in [1, 5, 100] {
      let heard = try RecordPeer().take(sent, by: size)
      #expect(heard.end == .failed(TLSFault(alert, reason)))
    }
  }

  @Test(
    arguments: [
      ([], 0, TLSAlert.unexpectedMessage, "expected a record with a type, got padding only"),
      ([0, 0, 0], 0, .unexpectedMessage, "expected a record with a type, got padding only"),
      ([1], 20, .unexpectedMessage, "expected data, an alert or a KeyUpdate, got a record of type 20"),
      ([1], 99, .unexpectedMessage, "expected data, an alert or a KeyUpdate, got a record of type 99"),
      ([2], 21, .decodeError, "expected an alert of 2 bytes, got 1"),
      ([1, 0, 1, 0], 21, .decodeError, "expected an alert of 2 bytes, got 4"),
      ([], 22, .unexpectedMessage, "expected a part of a handshake message, got none"),
      ([1, 0, 0, 1, 0], 22, .unexpectedMessage, "expected a KeyUpdate after the handshake, got message 1"),
      ([24, 0, 0, 0], 22, .decodeError, "expected a KeyUpdate of 1 byte, got another length"),
      ([24, 1, 0, 1, 0], 22, .decodeError, "expected a KeyUpdate of 1 byte, got another length"),
      ([24, 0, 0, 1, 2], 22, .illegalParameter, "expected 0 or 1 in a KeyUpdate, got 2"),
      ([24, 0, 0, 1, 0, 24], 22, .unexpectedMessage, "expected the end of a record after a KeyUpdate, got more"),
    ] as [([UInt8], UInt8, TLSAlert, String)])
  func `records with what a client may not send end the connection`(
    plain: [UInt8], type: UInt8, alert: TLSAlert, reason: String
  ) throws {
    let peer = try RecordPeer()
    let heard = peer.take(peer.seal([7]) + peer.seal(plain, type: type) + peer.seal([8]))
    #expect(heard.plain == [7])
    #expect(heard.end == .failed(TLSFault(alert, reason)))
    let told = try #require(peer.open(peer.answer(alert)))
    #expect(told.map(\.type) == [21])
    #expect(told.map(\.plain) == [[2, alert.rawValue]])
  }

  @Test func `more than 16384 bytes in a record, padded or not, are too many`() throws {
    let peer = try RecordPeer()
    #expect(peer.take(peer.seal(data(16_384))).plain.count == 16_384)
    let reason = TLSFault(.recordOverflow, "expected at most 16384 bytes in a record, got 16385")
    #expect(try RecordPeer().take(RecordPeer().seal(data(16_385))).end == .failed(reason))
    let padded = [1, 23] + [UInt8](repeating: 0, count: 16_383)
    #expect(try RecordPeer().take(RecordPeer().seal(padded, type: 0)).end == .failed(reason))
  }

  @Test func `the peer's alerts end the connection with their names`() throws {
    func end(_ alert: [UInt8]) throws -> TLSInputEnd { try RecordPeer().take(RecordPeer().seal(alert, type: 21)).end }
    #expect(try end([1, 0]) == .closed)
    #expect(try end([2, 0]) == .closed)
    #expect(try end([1, 90]) == .more)
    #expect(try end([2, 20]) == .failed(TLSFault(told: "the peer sent the alert bad_record_mac")))
    #expect(try end([2, 48]) == .failed(TLSFault(told: "the peer sent the alert unknown_ca")))
    #expect(try end([2, 200]) == .failed(TLSFault(told: "the peer sent the alert 200")))
  }

  @Test func `nothing after the peer's close is taken`() throws {
    let peer = try RecordPeer()
    let heard = peer.take(peer.seal([1]) + peer.seal([1, 0], type: 21) + peer.seal([2]))
    #expect(heard.plain == [1])
    #expect(heard.end == .closed)
    #expect(peer.open(peer.answer([9]))?.map(\.plain) == [[9]], "The other half goes on.")
  }

  // MARK: Floods

  @Test func `32 records without data in a row are taken, and any number with data between them`() throws {
    let peer = try RecordPeer()
    for _ in 0..<3 {
      for _ in 0..<32 { #expect(peer.take(peer.seal([])).end == .more) }
      #expect(peer.take(peer.seal([1])).plain == [1])
    }
    for _ in 0..<32 { #expect(peer.take(peer.seal([])).end == .more) }
    #expect(
      peer.take(peer.seal([])).end
        == .failed(TLSFault(.unexpectedMessage, "expected at most 32 records without data in a row")))
  }

  @Test func `32 KeyUpdates in a row are taken`() throws {
    let peer = try RecordPeer()
    for _ in 0..<32 { #expect(peer.take(peer.sealKeyUpdate(isRequest: true)).end == .more) }
    #expect(
      peer.take(peer.sealKeyUpdate(isRequest: true)).end
        == .failed(TLSFault(.unexpectedMessage, "expected at most 32 KeyUpdate messages in a row")))
  }

  // MARK: Keys

  @Test(arguments: TLSCipherSuite.allCases)
  func `a peer changes its keys, and asks for ours once for all it asked`(suite: TLSCipherSuite) throws {
    let peer = try RecordPeer(suite)
    #expect(peer.take(peer.seal([1]) + peer.sealKeyUpdate(isRequest: false) + peer.seal([2])).plain == [1, 2])
    #expect(!peer.machine.owesKeyUpdate)
    #expect(peer.open(peer.answer([3]))?.map(\.type) == [23])
    let asked = peer.sealKeyUpdate(isRequest: true) + peer.sealKeyUpdate(isRequest: true) + peer.seal([4])
    #expect(peer.take(asked).plain == [4])
    #expect(peer.machine.owesKeyUpdate)
    let answered = try #require(peer.open(peer.answer([5]) + peer.answer([6])))
    #expect(answered.map(\.type) == [22, 23, 23])
    #expect(answered.map(\.plain) == [[24, 0, 0, 1, 0], [5], [6]])
    #expect(!peer.machine.owesKeyUpdate)
  }

  @Test func `a KeyUpdate may come in pieces, but nothing between them`() throws {
    let peer = try RecordPeer()
    let pieces = [[24], [0, 0], [1, 1]].flatMap { peer.seal($0, type: 22) }
    peer.updateWriting()
    let heard = peer.take(pieces + peer.seal([1]), by: 3)
    #expect(heard.plain == [1])
    #expect(peer.machine.owesKeyUpdate)
    let data = try RecordPeer()
    let mixed = data.seal([24, 0], type: 22) + data.seal([1]) + data.seal([0, 1, 0], type: 22)
    #expect(
      data.take(mixed).end
        == .failed(TLSFault(.unexpectedMessage, "expected the rest of a handshake message, got data")))
  }

  @Test func `our keys change before they have sealed too much`() throws {
    let peer = try RecordPeer(keyLife: 3)
    let sealed = (0..<8).flatMap { peer.answer([$0]) }
    let opened = try #require(peer.open(sealed))
    #expect(opened.map(\.type) == [23, 23, 23, 22, 23, 23, 23, 22, 23, 23])
    #expect(opened.filter { $0.type == 23 }.flatMap(\.plain) == Array(0..<8))
    let large = try RecordPeer(keyLife: 1)
    #expect(large.open(large.answer(data(100_000)))?.filter { $0.type == 23 }.flatMap(\.plain) == data(100_000))
  }

  @Test func `the records that OpenSSL has written count`() throws {
    let peer = try RecordPeer(written: 2, keyLife: 3)
    #expect(peer.open(peer.answer([1]) + peer.answer([2]))?.map(\.type) == [23, 22, 23])
  }

  // MARK: Secrets

  @Test func `secrets are those of the first generation, and whole`() {
    let secrets = TrafficSecrets()
    for line in [
      "SERVER_HANDSHAKE_TRAFFIC_SECRET 00 aabb", "CLIENT_TRAFFIC_SECRET_1 00 aabb", "CLIENT_TRAFFIC_SECRET_0 00",
      "CLIENT_TRAFFIC_SECRET_0 00 xy", "CLIENT_TRAFFIC_SECRET_0 00 \(String(repeating: "a", count: 98))", "",
    ] { secrets.note(line) }
    #expect(secrets.client.secret.isEmpty && secrets.server.secret.isEmpty)
    secrets.note("SERVER_TRAFFIC_SECRET_0 00 0aFf")
    secrets.note("CLIENT_TRAFFIC_SECRET_0 00 1234")
    #expect(secrets.client.secret.elementsEqual([0x12, 0x34]) && secrets.server.secret.elementsEqual([0x0a, 0xff]))
    #expect(TLSRecords(.aes128GCM, secrets, written: 0) == nil, "They are too short.")
  }
}

extension String {
  fileprivate func chunked(_ size: Int) -> [Substring] {
    var rest = self[...]
    var parts: [Substring] = []
    while !rest.isEmpty {
      parts.append(rest.prefix(size))
      rest = rest.dropFirst(size)
    }
    return parts
  }
}
