/// Bytes at the server's port: answered in HTTP or not at all.
func fuzzHTTP(_ bytes: UnsafeRawBufferPointer) {
  let input = FuzzInput(bytes)
  let half = input.rest.count / 2
  let pieces = [input.rest.prefix(half), input.rest.dropFirst(half)].map { UnsafeRawBufferPointer(rebasing: $0) }
  requireAnswer(FuzzServer.shared.exchange(pieces.filter { !$0.isEmpty }))
}

/// Bytes behind an opening handshake: the server writes whole frames (RFC 6455, 5.2) and nothing else.
func fuzzFrames(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let handshake: StaticString =
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
  let opening = UnsafeRawBufferPointer(start: handshake.utf8Start, count: handshake.utf8CodeUnitCount)
  let heard = FuzzServer.shared.exchange([opening] + input.pieces(seed))
  require(heard.starts(with: "HTTP/1.1 101 ".utf8), "A good handshake was not answered.")
  requireAnswer(heard)
}

/// Answers one after another, and after one that says 101 frames.
private func requireAnswer(_ heard: [UInt8]) {
  var rest = heard[...]
  while !rest.isEmpty {
    require(rest.starts(with: "HTTP/1.".utf8), "An answer is no HTTP: \(String(decoding: rest, as: UTF8.self))")
    guard let end = rest.indices.first(where: { rest[$0...].starts(with: "\r\n\r\n".utf8) }) else {
      preconditionFailure("An answer's header does not end: \(String(decoding: rest, as: UTF8.self))")
    }
    let head = String(decoding: rest[..<end], as: UTF8.self)
    rest = rest[(end + 4)...]
    if head.contains(" 101 ") { return requireFrames(rest) }
    // Not after a HEAD.
    if rest.starts(with: "HTTP/1.".utf8) { continue }
    if head.contains("transfer-encoding: chunked") {
      guard let end = requireChunks(rest) else { return }
      rest = end
      continue
    }
    guard let field = head.split(separator: "\r\n").first(where: { $0.hasPrefix("content-length: ") }),
      let length = Int(field.dropFirst("content-length: ".count)), length <= rest.count
    else {
      // Only a refusal that ends with the connection.
      return
    }
    rest = rest.dropFirst(length)
  }
}

/// - Returns: what follows the last chunk; nil if the answer was cut before it.
private func requireChunks(_ body: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
  var rest = body
  while !rest.isEmpty {
    let line = rest.prefix { $0 != 13 }
    guard let size = Int(String(decoding: line, as: UTF8.self), radix: 16) else {
      preconditionFailure("A chunk begins with no size: \(String(decoding: body, as: UTF8.self))")
    }
    rest = rest.dropFirst(line.count + 2)
    require(rest.count >= size + 2, "A chunk is not whole.")
    require(rest.dropFirst(size).starts(with: [13, 10]), "A chunk does not end where it says.")
    rest = rest.dropFirst(size + 2)
    if size == 0 { return rest }
  }
  return nil
}

private func requireFrames(_ heard: ArraySlice<UInt8>) {
  var rest = heard
  var isClosed = false
  while !rest.isEmpty {
    require(!isClosed, "A frame after the close: \(Array(heard))")
    require(rest.count >= 2, "A frame ends in its header.")
    let opcode = rest[rest.startIndex] & 15
    var length = Int(rest[rest.startIndex + 1])
    require(rest[rest.startIndex] & 0xF0 == 0x80 && [1, 8, 9, 10].contains(opcode), "A frame of no kind of ours.")
    require(length < 128, "A server masked a frame.")
    rest = rest.dropFirst(2)
    if length == 126 {
      require(rest.count >= 2, "A frame ends in its length.")
      length = Int(rest[rest.startIndex]) << 8 | Int(rest[rest.startIndex + 1])
      rest = rest.dropFirst(2)
    }
    require(rest.count >= length && (opcode == 1 || length < 126), "A frame does not hold what it says.")
    if opcode == 1 { require(String(validating: rest.prefix(length), as: UTF8.self) != nil, "Text that is no UTF-8.") }
    isClosed = opcode == 8
    rest = rest.dropFirst(length)
  }
}
