import CommandLine
import Dialects

@testable import Server
@testable import Web
@testable import WebSocket

/// The head of a request, read before the library sees any of it: the same however its bytes come, a path that leads
/// nowhere else, and an answer of ours that is whole.
func fuzzHead(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let whole = Result(head: [input.bytes])
  require(whole == Result(head: input.pieces(seed)), "A head hangs on how it came.")
  switch whole.step {
  case .more: require(input.rest.count <= RequestHead.maximumBytes, "A head is read without end.")
  case .refuse(let error): requireWhole(error)
  case .whole:
    do throws(RequestError) { requireLegal(try HTTPRequest(head: whole.head)) } catch { requireWhole(error) }
  }
}

/// As without a flag.
private let entrance: EntranceSettings = {
  let none: (String) -> String? = { _ in nil }
  guard let settings = try? Settings(EntranceSettings.flags, arguments: [], environment: none),
    let entrance = try? EntranceSettings(settings)
  else { preconditionFailure("The flags have fallbacks.") }
  return entrance
}()

private struct Result: Equatable {
  var step = RequestHead.Step.more
  /// With its empty line.
  var head: [UInt8] = []

  init(head pieces: [UnsafeRawBufferPointer]) {
    var reader = RequestHead()
    for piece in pieces {
      step = reader.take(piece)
      if step != .more { break }
    }
    head = reader.bytes
    // How many bytes of the last piece it took is of no interest.
    if case .whole = step { step = .whole(0) }
  }
}

private func requireLegal(_ request: HTTPRequest) {
  require(request.path.hasPrefix("/"), "A path does not begin with a slash: \(request.path)")
  require(
    !request.path.split(separator: "/", omittingEmptySubsequences: false).contains { $0 == "." || $0 == ".." },
    "A path leads elsewhere: \(request.path)")
  let texts = [request.method, request.path] + request.query.flatMap { [$0.name, $0.value] }
  require(
    texts.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }, "A request holds a control character.")

  // No request without a known token is admitted, and every rejection is whole.
  let credentials = NativeDialect.policy.credentials
  var access = AccessControl(entrance, tokens: AuthTokens(), isOnLoopback: true)
  guard case .reject(let reason) = access.decide(request, credentials) else {
    preconditionFailure("A request was admitted without a token.")
  }
  requireWhole(NativeDialect.rejection(reason))
  access.tokens = nil
  if case .reject(let reason) = access.decide(request, credentials) { requireWhole(NativeDialect.rejection(reason)) }
  if let error = Handshake.refusal(of: request) { return requireWhole(error) }
  let handed = Handshake.libraryRequest(for: request, subprotocol: NativeDialect.subprotocol)
  let isText = handed.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 13 || $0 == 10 }
  let end = Array(handed.utf8).firstRange(of: Array("\r\n\r\n".utf8))?.upperBound
  require(
    isText && end == handed.utf8.count,
    "The library is handed what is no request of ours: \(handed)")
}

/// The answer to a request that is refused before it is read is whole.
private func requireWhole(_ error: RequestError) {
  requireWhole(
    NativeDialect.rejection(.malformed(status: error.status, reason: error.reason, headers: error.headers)))
}
