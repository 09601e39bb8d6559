/// The records of a TLS 1.3 connection of a server, from the end of its handshake (RFC 8446, 5, 4.6.3 and 6.1).
///
/// OpenSSL's object of a connection holds 13.7 KB as long as that lasts, this 0.6, and it copies less on the way. It
/// frames, opens and seals records, and changes keys, as the kernel's kTLS does; the handshake, TLS 1.2, clients' ends,
/// and all cryptography are OpenSSL's.
///
/// A machine without a socket: bytes in, bytes out.
final class TLSRecords {
  /// Records without data, and changes of keys, cost us more than the peer. OpenSSL allows so many of the former,
  /// BoringSSL of the latter.
  private static let mostInRow = 32
  /// AES-GCM is safe for 2^24.5 full records under one key (RFC 8446, 5.5).
  static let keyLife: UInt64 = 1 << 23

  private let secrets: TrafficSecrets
  private var reading: RecordKeys
  private var writing: RecordKeys
  private let keyLife: UInt64
  /// The part of a record that has arrived.
  private var partial = OutputBuffer()
  private var message = KeyUpdateMessage()
  /// Records without data since the last with some: they cost us more than the peer.
  private var emptyRecords = 0
  private var keyUpdates = 0
  /// The peer wants us to change our keys, too.
  private(set) var owesKeyUpdate = false

  /// Continues where OpenSSL has ended; nil: it is configured without what this takes.
  /// - Parameter written: the records that it has written with these keys.
  init?(
    _ suite: TLSCipherSuite, _ secrets: TrafficSecrets, written: Int, keyLife: UInt64 = TLSRecords.keyLife
  ) {
    guard let reading = RecordKeys(suite, secrets.client),
      let writing = RecordKeys(suite, secrets.server, sequence: UInt64(written))
    else { return nil }
    self.secrets = secrets
    self.reading = reading
    self.writing = writing
    self.keyLife = keyLife
  }

  deinit { partial.discard() }

  /// The memory that has them.
  var keys: UnsafeRawPointer { secrets.start }

  /// Number of encrypted records in these bytes; nil if there is anything else.
  static func count(in bytes: UnsafeRawBufferPointer) -> Int? {
    var count = 0
    var rest = bytes[...]
    while !rest.isEmpty {
      guard rest.count >= TLSRecord.headerBytes, rest.first == TLSContentType.applicationData.rawValue else {
        return nil
      }
      let size = TLSRecord.headerBytes + length(UnsafeRawBufferPointer(rebasing: rest))
      guard size <= rest.count else { return nil }
      rest = rest.dropFirst(size)
      count += 1
    }
    return count
  }

  /// Length in a header, which must be complete.
  private static func length(_ record: UnsafeRawBufferPointer) -> Int { Int(record[3]) << 8 | Int(record[4]) }

  /// No record follows: wipes the keys that the ciphers have.
  func forget(in ciphers: RecordCiphers) {
    reading.forget(in: ciphers)
    writing.forget(in: ciphers)
  }

  // MARK: Input

  /// Opens the records that are complete with these bytes, and keeps the part of one that is not.
  /// - Parameter room: for as many bytes as arrive, and one record more.
  /// - Returns: how many bytes of data the peer has sent.
  func open(
    _ input: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer, _ ciphers: RecordCiphers,
    _ pool: BlockPool
  ) -> (count: Int, end: TLSInputEnd) {
    var rest = input
    var count = 0
    do throws(TLSFault) {
      while rest.count > 0 {
        let isPartial = partial.count > 0
        guard let record = isPartial ? try complete(&rest, pool) : try split(&rest, pool) else { break }
        guard room.count - count >= record.count, let target = room.baseAddress else {
          preconditionFailure("Opening \(input.count) bytes made more than \(room.count).")
        }
        let taken = try take(record, into: target + count, ciphers)
        if isPartial { partial.consume(partial.count, to: pool) }
        guard let taken else { return (count, .closed) }
        count += taken
      }
    } catch {
      return (count, .failed(error))
    }
    return (count, .more)
  }

  /// The first record of these bytes; nil if it is not complete, and kept.
  private func split(
    _ rest: inout UnsafeRawBufferPointer, _ pool: BlockPool
  ) throws(TLSFault) -> UnsafeRawBufferPointer? {
    guard let size = try size(rest), size <= rest.count else {
      partial.append(rest, from: pool)
      return nil
    }
    defer { rest = UnsafeRawBufferPointer(rebasing: rest[size...]) }
    return UnsafeRawBufferPointer(rebasing: rest[..<size])
  }

  /// The record of which a part was kept; nil if there is still too little.
  private func complete(
    _ rest: inout UnsafeRawBufferPointer, _ pool: BlockPool
  ) throws(TLSFault) -> UnsafeRawBufferPointer? {
    move(&rest, TLSRecord.headerBytes - partial.count, pool)
    guard let size = try size(partial.bytes) else { return nil }
    move(&rest, size - partial.count, pool)
    return partial.count == size ? partial.bytes : nil
  }

  private func move(_ rest: inout UnsafeRawBufferPointer, _ wanted: Int, _ pool: BlockPool) {
    let count = min(max(0, wanted), rest.count)
    partial.append(UnsafeRawBufferPointer(rebasing: rest[..<count]), from: pool)
    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
  }

  /// Size of the record that begins here; nil if its header has not arrived.
  private func size(_ bytes: UnsafeRawBufferPointer) throws(TLSFault) -> Int? {
    guard let type = bytes.first else { return nil }
    guard type == TLSContentType.applicationData.rawValue else {
      throw TLSFault(.unexpectedMessage, "expected an encrypted record, got one of type \(type)")
    }
    guard bytes.count >= TLSRecord.headerBytes else { return nil }
    let length = Self.length(bytes)
    guard length <= TLSRecord.mostPlainBytes + 256 else {
      throw TLSFault(
        .recordOverflow, "expected a record of at most \(TLSRecord.mostPlainBytes + 256) bytes, got \(length)")
    }
    return TLSRecord.headerBytes + length
  }

  /// - Returns: how many bytes of data the record has; nil if the peer says that it will send nothing more.
  private func take(
    _ record: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, _ ciphers: RecordCiphers
  ) throws(TLSFault) -> Int? {
    guard let inner = reading.open(record, into: target, ciphers) else {
      throw TLSFault(.badRecordMac, "a record was changed, or sealed with another key")
    }
    guard inner <= TLSRecord.mostPlainBytes + 1 else {
      throw TLSFault(
        .recordOverflow, "expected at most \(TLSRecord.mostPlainBytes) bytes in a record, got \(inner - 1)")
    }
    let plain = UnsafeMutableRawBufferPointer(start: target, count: inner)
    // The last byte that is not 0 is the type; what follows it is padding.
    guard let end = plain.lastIndex(where: { $0 != 0 }) else {
      throw TLSFault(.unexpectedMessage, "expected a record with a type, got padding only")
    }
    return try take(plain[end], UnsafeRawBufferPointer(rebasing: plain[..<end]))
  }

  private func take(_ type: UInt8, _ plain: UnsafeRawBufferPointer) throws(TLSFault) -> Int? {
    switch TLSContentType(rawValue: type) {
    case .applicationData:
      guard !message.isPartial else {
        throw TLSFault(.unexpectedMessage, "expected the rest of a handshake message, got data")
      }
      guard plain.count > 0 else {
        try count(&emptyRecords, "records without data")
        return 0
      }
      emptyRecords = 0
      keyUpdates = 0
      return plain.count
    case .handshake:
      try takeHandshake(plain)
      return 0
    case .alert: return try takeAlert(plain)
    case .changeCipherSpec, nil:
      throw TLSFault(.unexpectedMessage, "expected data, an alert or a KeyUpdate, got a record of type \(type)")
    }
  }

  private func count(_ number: inout Int, _ what: String) throws(TLSFault) {
    number += 1
    guard number <= Self.mostInRow else {
      throw TLSFault(.unexpectedMessage, "expected at most \(Self.mostInRow) \(what) in a row")
    }
  }

  private func takeHandshake(_ plain: UnsafeRawBufferPointer) throws(TLSFault) {
    switch try message.take(plain) {
    case .incomplete: try count(&emptyRecords, "records without data")
    case .complete(let isRequest):
      try count(&keyUpdates, "KeyUpdate messages")
      reading.update()
      if isRequest { owesKeyUpdate = true }
    }
  }

  private func takeAlert(_ plain: UnsafeRawBufferPointer) throws(TLSFault) -> Int? {
    guard plain.count == 2 else {
      throw TLSFault(.decodeError, "expected an alert of 2 bytes, got \(plain.count)")
    }
    switch TLSAlert(rawValue: plain[1]) {
    case .closeNotify: return nil
    case .userCanceled:
      // The close follows.
      try count(&emptyRecords, "records without data")
      return 0
    default: throw TLSFault(heard: plain[1])
    }
  }

  // MARK: Output

  /// The most bytes that `seal` makes of these, with a change of keys at each record.
  static func mostSealedBytes(_ count: Int) -> Int {
    let records = (count + TLSRecord.mostPlainBytes - 1) / TLSRecord.mostPlainBytes
    return count + records * TLSRecord.overheadBytes + (records + 1) * mostMessageBytes
  }

  /// Of `sealKeyUpdate` and `seal` of an alert.
  static let mostMessageBytes = TLSRecord.overheadBytes + KeyUpdateMessage.bytes

  /// Seals these bytes in as few records as possible.
  /// - Returns: how many bytes they are; there is room for `mostSealedBytes`.
  func seal(_ plain: UnsafeRawBufferPointer, into target: UnsafeMutableRawPointer, _ ciphers: RecordCiphers) -> Int {
    var sealed = owesKeyUpdate ? sealKeyUpdate(into: target, ciphers) : 0
    var offset = 0
    while offset < plain.count {
      let count = min(plain.count - offset, TLSRecord.mostPlainBytes)
      if writing.sequence >= keyLife { sealed += sealKeyUpdate(into: target + sealed, ciphers) }
      sealed += writing.seal(
        UnsafeRawBufferPointer(rebasing: plain[offset..<offset + count]), TLSContentType.applicationData.rawValue,
        into: target + sealed, ciphers)
      offset += count
    }
    return sealed
  }

  /// Changes our keys, and says so. One change answers all the peer's requests before it (RFC 8446, 4.6.3).
  func sealKeyUpdate(into target: UnsafeMutableRawPointer, _ ciphers: RecordCiphers) -> Int {
    owesKeyUpdate = false
    let bytes: [UInt8] = KeyUpdateMessage.notRequested
    let sealed = bytes.withUnsafeBytes { writing.seal($0, TLSContentType.handshake.rawValue, into: target, ciphers) }
    writing.update()
    return sealed
  }

  func seal(_ alert: TLSAlert, into target: UnsafeMutableRawPointer, _ ciphers: RecordCiphers) -> Int {
    // Warning or fatal, which nobody reads any longer.
    let bytes: [UInt8] = [alert == .closeNotify ? 1 : 2, alert.rawValue]
    return bytes.withUnsafeBytes { writing.seal($0, TLSContentType.alert.rawValue, into: target, ciphers) }
  }
}
