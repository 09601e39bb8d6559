import Glibc

/// A WebSocket client of bare sockets, blocking, that can send what no proper client sends.
final class RawClient {
  struct Frame: Equatable {
    var opcode: UInt8
    var payload: [UInt8]
    var isFinal = true
    var text: String { String(decoding: payload, as: UTF8.self) }
    var closeCode: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
  }
  struct Failure: Error { var what: String }

  /// MSG_NOSIGNAL and SOCK_STREAM, whose Swift type depends on which C modules a build reads first.
  private static let noSignal: Int32 = 0x4000
  private static let stream: Int32 = 1

  let descriptor: Int32
  private var pending: [UInt8] = []

  init(port: Int, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(AF_INET, Self.stream, 0)
    if var size = receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw Failure(what: "connect: \(reason)")
    }
  }

  /// Connected and upgraded.
  convenience init(opening path: String = "/ws", port: Int, receiveBuffer: Int32? = nil) throws {
    try self.init(port: port, receiveBuffer: receiveBuffer)
    let answer = try request(Self.upgrade(path))
    guard answer.hasPrefix("HTTP/1.1 101 ") else { throw Failure(what: answer) }
  }

  deinit { close(descriptor) }

  static func upgrade(_ path: String, extra: String = "", version: Int = 13) -> String {
    "GET \(path) HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
      + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: \(version)\r\n\(extra)\r\n"
  }

  func write(_ bytes: [UInt8]) throws {
    var offset = 0
    while offset < bytes.count {
      let sent = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + offset, bytes.count - offset, Self.noSignal)
      }
      guard sent > 0 else { throw Failure(what: "send: \(String(cString: strerror(errno)))") }
      offset += sent
    }
  }

  /// Sends a request and reads one answer: the head and a body of the length it says.
  func request(_ text: String) throws -> String {
    try write(Array(text.utf8))
    var head: [UInt8] = []
    while !head.suffix(4).elementsEqual([13, 10, 13, 10]) { head.append(try byte()) }
    let answer = String(decoding: head, as: UTF8.self)
    guard
      let length = answer.lowercased().split(whereSeparator: \.isNewline).first(where: {
        $0.hasPrefix("content-length:")
      })
    else { return answer }
    let count = Int(length.drop { !$0.isNumber })!
    return try answer + String(decoding: read(count), as: UTF8.self)
  }

  static func frame(
    _ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, masked: Bool = true, reserved: UInt8 = 0
  ) -> [UInt8] {
    var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | reserved | opcode]
    let mask: UInt8 = masked ? 0x80 : 0
    switch payload.count {
    case ..<126: bytes.append(mask | UInt8(payload.count))
    case ..<65536: bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
    default: bytes += [mask | 127] + (0..<8).map { UInt8(payload.count >> (56 - 8 * $0) & 255) }
    }
    guard masked else { return bytes + payload }
    let key: [UInt8] = [0x12, 0xF4, 0x56, 0xA8]
    return bytes + key + payload.enumerated().map { $1 ^ key[$0 & 3] }
  }

  func send(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) throws {
    try write(Self.frame(opcode, payload, isFinal: isFinal))
  }

  func send(text: String) throws { try send(1, Array(text.utf8)) }

  /// The next frame, nil at the end of the connection.
  func next() throws -> Frame? {
    guard let first = try? byte() else { return nil }
    var length = Int(try byte())
    guard length < 128 else { throw Failure(what: "a server's frame is masked") }
    if length == 126 {
      length = try read(2).reduce(0) { $0 << 8 | Int($1) }
    } else if length == 127 {
      length = try read(8).reduce(0) { $0 << 8 | Int($1) }
    }
    return Frame(opcode: first & 15, payload: try read(length), isFinal: first & 0x80 != 0)
  }

  /// The next text message.
  func text() throws -> String {
    guard let frame = try next() else { throw Failure(what: "the connection ended") }
    guard frame.opcode == 1 else {
      throw Failure(what: "no text: opcode \(frame.opcode), \(frame.payload.count) bytes")
    }
    return frame.text
  }

  /// Everything up to the end of the connection.
  func rest() -> String {
    var bytes: [UInt8] = []
    while let next = try? byte() { bytes.append(next) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func byte() throws -> UInt8 { try read(1)[0] }

  func read(_ count: Int) throws -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 64 << 10)
    while pending.count < count {
      let got = recv(descriptor, &block, block.count, 0)
      guard got > 0 else { throw Failure(what: got == 0 ? "the connection ended" : String(cString: strerror(errno))) }
      pending += block[..<got]
    }
    defer { pending.removeFirst(count) }
    return Array(pending[..<count])
  }
}
