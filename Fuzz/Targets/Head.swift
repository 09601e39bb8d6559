import CommandLine
import Dialects

@testable import Server
@testable import Web

/// Requests one after another: the same however their bytes come, paths that lead nowhere else, and answers that are
/// whole.
func fuzzHead(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  let whole = Messages([input.bytes], .requests)
  require(whole == Messages(input.pieces(seed), .requests), "A request hangs on how it came.")
  for head in whole.heads {
    do throws(RequestError) {
      requireLegal(try HTTPRequest(head, peer: "192.0.2.1:1", network: "192.0.2.1"))
    } catch {
      requireWhole(error)
    }
  }
  if let error = whole.error { requireWhole(error) }
}

/// Responses, to a client and to one that asked for a tunnel: the same however their bytes come.
func fuzzResponses(_ bytes: UnsafeRawBufferPointer) {
  var input = FuzzInput(bytes)
  let seed = input.byte()
  for kind in [HTTPParser.Kind.responses, .tunnelResponses] {
    let whole = Messages([input.bytes], kind)
    require(whole == Messages(input.pieces(seed), kind), "A response hangs on how it came.")
    for head in whole.heads where head.status == 101 { _ = Handshake.problem(of: head, key: "") }
  }
}

/// What a parser makes of bytes, to an upgrade or a fault.
private struct Messages: Equatable {
  var heads: [HTTPHead] = []
  var bodies: [UInt8] = []
  var ends = 0
  var error: RequestError?
  var isUpgraded = false

  init(_ pieces: [UnsafeRawBufferPointer], _ kind: HTTPParser.Kind) {
    let parser = HTTPParser(kind)
    for piece in pieces {
      piece.inOwnMemory { read($0, parser) }
      if error != nil || isUpgraded { break }
    }
  }

  private mutating func read(_ piece: UnsafeRawBufferPointer, _ parser: HTTPParser) {
    var rest = piece
    while !rest.isEmpty, error == nil, !isUpgraded {
      let (count, events) = parser.read(rest)
      require(count <= rest.count && (count > 0 || !events.isEmpty), "A parser stands still.")
      for event in events {
        switch event {
        case .head(let head): heads.append(head)
        case .body(let bytes):
          require(!bytes.isEmpty, "A piece of a body is empty.")
          bodies += bytes
        case .end: ends += 1
        case .upgrade: isUpgraded = true
        case .failed(let error): self.error = error
        }
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
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

private func requireLegal(_ request: HTTPRequest) {
  require(request.path.hasPrefix("/"), "A path does not begin with a slash: \(request.path)")
  require(
    !request.path.split(separator: "/", omittingEmptySubsequences: false).contains { $0 == "." || $0 == ".." },
    "A path leads elsewhere: \(request.path)")
  let texts = [request.method, request.path] + request.query.flatMap { [$0.name, $0.value] }
  require(
    texts.allSatisfy { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }, "A request holds a control character.")

  if let query = try? StreamListQuery(request) {
    require(StreamListQuery.limits.contains(query.limit), "A list may be of any length.")
  }

  // No request without a known token is admitted, and every rejection is whole.
  let credentials = NativeDialect.policy.credentials
  var access = AccessControl(entrance, tokens: AuthTokens(), isOnLoopback: true)
  guard case .reject(let reason) = access.decide(request, credentials) else {
    preconditionFailure("A request was admitted without a token.")
  }
  requireWhole(NativeDialect.rejection(reason), to: request)
  access.tokens = nil
  if case .reject(let reason) = access.decide(request, credentials) {
    requireWhole(NativeDialect.rejection(reason), to: request)
  }
  if let error = Handshake.refusal(of: request) { return requireWhole(error) }
  let opening = Handshake.response(to: request, subprotocol: request.subprotocols.first, headers: [])
  let text = String(decoding: opening, as: UTF8.self)
  require(
    text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 13 || $0 == 10 } && text.hasSuffix("\r\n\r\n")
      && text.split(separator: "\r\n", omittingEmptySubsequences: false).count <= 8,
    "An upgrade's response is not whole: \(text)")
}

/// The answer to a request that is refused before it is read is whole.
private func requireWhole(_ error: RequestError) {
  requireWhole(
    NativeDialect.rejection(.malformed(status: error.status, reason: error.reason, headers: error.headers)).response)
}

/// So is a rejection, and what a page is told of it.
private func requireWhole(_ rejection: Rejection, to request: HTTPRequest) {
  requireWhole(rejection.response)
  guard let refusal = NativeDialect.socketRefusal(of: rejection, to: request) else { return }
  require(
    request.subprotocols.contains { $0.lowercased() == refusal.subprotocol }, "A subprotocol that was not offered.")
}
