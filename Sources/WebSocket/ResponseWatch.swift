/// Sees what a server answers, as the library does not tell all of it: not the body of a refusal, and not a close code
/// younger than itself (1012, 1013, 1014).
final class ResponseWatch: ReadTap {
  /// A refusal says why in a line or two.
  private static let maximumBytes = 16 << 10

  /// The answer's head, and what has come of the body.
  private var answer: [UInt8] = []
  private var isOpen = false
  private var frames = FrameInspector(expectsMask: false)

  /// What the server closed with, if it did and gave a code.
  var closeCode: Int? {
    guard let body = frames.closeBody, body.count >= 2 else { return nil }
    return Int(body[0]) << 8 | Int(body[1])
  }

  /// The body of an answer that was no upgrade.
  var body: String? {
    guard !isOpen, let end = answer.firstRange(of: [13, 10, 13, 10])?.upperBound, end < answer.count else { return nil }
    return String(decoding: answer[end...], as: UTF8.self)
  }

  override func read(into buffer: UnsafeMutableRawBufferPointer, from source: ReadSource) -> Int {
    let count = source.read(into: buffer)
    if count > 0 { look(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
    return count
  }

  func look(_ bytes: UnsafeRawBufferPointer) {
    guard !isOpen else {
      _ = frames.take(bytes)
      return
    }
    answer.append(contentsOf: bytes.prefix(Self.maximumBytes - answer.count))
    guard answer.starts(with: "HTTP/1.1 101".utf8), let end = answer.firstRange(of: [13, 10, 13, 10])?.upperBound
    else { return }
    isOpen = true
    answer[end...].withUnsafeBytes { _ = frames.take($0) }
    answer = []
  }
}
