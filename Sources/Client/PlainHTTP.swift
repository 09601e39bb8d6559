import Glibc

/// One small question over HTTP. It blocks: for a thread of its own.
enum PlainHTTP {
  private static let patience = timeval(tv_sec: 3, tv_usec: 0)
  private static let limitBytes = 64 << 10

  /// The body of a successful answer.
  static func get(host: String, port: Int, authority: String, path: String) -> [UInt8]? {
    guard let socket = connect(host: host, port: port) else { return nil }
    defer { close(socket) }
    var request = "GET \(path) HTTP/1.1\r\nHost: \(authority)\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    guard request.withUTF8({ Console.writeAll(UnsafeRawBufferPointer($0), to: socket) }) else { return nil }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while answer.count < limitBytes {
      let count = read(socket, &buffer, buffer.count)
      if count > 0 { answer += buffer[..<count] } else if count == 0 || errno != EINTR { break }
      if let body = body(of: answer, isWhole: false) { return body }
    }
    return body(of: answer, isWhole: true)
  }

  /// The body of an answer with status 200, once all of it is there: as long as it says, else up to its end.
  static func body(of answer: [UInt8], isWhole: Bool) -> [UInt8]? {
    guard let end = answer.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let head = String(decoding: answer[..<end.lowerBound], as: UTF8.self).lowercased()
    let lines = head.split(whereSeparator: \.isNewline)
    guard let status = lines.first?.split(separator: " ").dropFirst().first, status == "200" else { return nil }
    let body = answer[end.upperBound...]
    let length = lines.first { $0.hasPrefix("content-length:") }
      .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) }
    guard let length else { return isWhole ? Array(body) : nil }
    return length >= 0 && body.count >= length ? Array(body.prefix(length)) : nil
  }

  private static func connect(host: String, port: Int) -> Int32? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return nil }
    defer { freeaddrinfo(list) }
    var next = list
    while let address = next?.pointee {
      next = address.ai_next
      let socket = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
      guard socket >= 0 else { continue }
      var patience = patience
      let size = socklen_t(MemoryLayout<timeval>.size)
      setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
      setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
      if Glibc.connect(socket, address.ai_addr, address.ai_addrlen) == 0 { return socket }
      close(socket)
    }
    return nil
  }
}
