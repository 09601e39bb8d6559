@testable import Web

/// The answers of a proxy and of a server to a client that opens a WebSocket: the same however they are cut, and none
/// of the proxy's is taken for the server's.
func fuzzOpening(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let isPlain = input.byte() % 2 == 0
  let proxyBytes = input.byte() << 8 | input.byte()
  let answers = [
    UnsafeRawBufferPointer(rebasing: input.rest.prefix(proxyBytes)),
    UnsafeRawBufferPointer(rebasing: input.rest.dropFirst(proxyBytes)),
  ]
  // Without the proxy's answer there is no proxy.
  let hasProxy = proxyBytes > 0
  let whole = Opening(answers.map { [$0] }, hasProxy: hasProxy, isPlain: isPlain)
  let cut = Opening(answers.map { FuzzInput($0).pieces(seed) }, hasProxy: hasProxy, isPlain: isPlain)
  // Of what follows a proxy's answer only what comes with it can be seen.
  if whole.saysTooMuch { return }
  require(whole == cut, "An opening hangs on how it came: \(whole) and \(cut)")
}

/// Outcome of a connection.
private struct Opening: Equatable {
  /// Of the request in Fuzz/seeds.py.
  private static let key = "AAAAAAAAAAAAAAAAAAAAAA=="

  private(set) var hasTunnel = false
  private(set) var error: WebSocketError?
  private(set) var body: [UInt8] = []
  /// Of the server's bytes, those of the open WebSocket.
  private(set) var frames: [UInt8]?
  /// More came behind the proxy's answer.
  private(set) var saysTooMuch = false

  init(_ answers: [[UnsafeRawBufferPointer]], hasProxy: Bool, isPlain: Bool) {
    var course = UpgradeCourse(proxy: hasProxy ? "proxy:1" : nil, isPlain: isPlain, key: Self.key)
    course.connected()
    if hasProxy { askProxy(&course, answers[0]) }
    if error == nil, hasTunnel || !hasProxy { askServer(&course, answers[1]) }
    if error == nil, frames == nil { error = course.inputEnded }
    body = course.body
  }

  private mutating func askProxy(_ course: inout UpgradeCourse, _ answer: [UnsafeRawBufferPointer]) {
    for piece in answer {
      saysTooMuch = hasTunnel
      if saysTooMuch { return }
      switch piece.inOwnMemory({ course.read($0) }) {
      case .more: break
      case .tunnelOpen: hasTunnel = true
      case .open: preconditionFailure("A proxy opened the WebSocket.")
      case .failed(let error):
        guard case .proxyFailed(_, let reason) = error else {
          preconditionFailure("A proxy's answer was taken for the server's: \(error)")
        }
        self.error = error
        saysTooMuch = reason.contains("in the server's place")
        return
      }
    }
  }

  private mutating func askServer(_ course: inout UpgradeCourse, _ answer: [UnsafeRawBufferPointer]) {
    for piece in answer {
      if frames != nil {
        frames? += piece
        continue
      }
      switch piece.inOwnMemory({ course.read($0) }) {
      case .more: break
      case .tunnelOpen: preconditionFailure("A server opened a tunnel.")
      case .open(let count): frames = Array(piece[count...])
      case .failed(let error):
        if case .proxyFailed = error { preconditionFailure("A server's answer was taken for the proxy's.") }
        self.error = error
        return
      }
    }
  }
}
