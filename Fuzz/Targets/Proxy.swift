import IO

@testable import Web

/// Headers of the PROXY protocol: decided by the same byte however they come, and no longer than what has come.
func fuzzProxy(_ bytes: UnsafeRawBufferPointer) {
  let input = FuzzInput(bytes)
  // Behind the signature, which no chance finds.
  let all = ProxyHeader.signature + Array(input.bytes)
  requireSteady(all)
  requireSteady(Array(input.bytes))
}

private func requireSteady(_ all: [UInt8]) {
  let whole = ProxyHeader.read(all)
  if case .present(let count, _) = whole { require(count <= all.count, "A header is longer than what has come.") }
  for count in 0..<min(all.count, 80) {
    let part = ProxyHeader.read(Array(all[..<count]))
    switch (part, whole) {
    case (.incomplete, _), (.absent, .absent), (.malformed, .malformed): break
    case (.present, .present): require(part == whole, "Who the client is hangs on how its header came.")
    default: require(false, "A header is \(part), then \(whole).")
    }
  }
}

/// Headers that proxies forward: whatever a client writes, the address that a trusted proxy appends is the one that is
/// found, or with `Forwarded` none.
func fuzzForwarded(_ bytes: UnsafeRawBufferPointer) {
  let written = String(decoding: bytes, as: UTF8.self)
  _ = try? ForwardedClient.find(
    in: HTTPHeaders([("x-forwarded-for", written), ("forwarded", written)]), behind: proxies)
  for appended in ["192.0.2.7", "[2001:db8::1]:80", "2001:db8::1"] {
    let client = ForwardedClient.hop(appended)
    let element = appended.contains(":") ? "for=\"\(appended)\";by=\"[fd00::1]\"" : "for=\(appended);proto=https"
    for (name, tail) in [("x-forwarded-for", appended), ("forwarded", element)] {
      for headers in [[(name, "\(written), \(tail)")], [(name, written), (name, tail)]] {
        let found = try? ForwardedClient.find(in: HTTPHeaders(headers), behind: proxies)
        require(
          found == client || name == "forwarded" && headers.count == 1 && found == .unknown,
          "A client is taken for \(found?.text ?? "none") instead of \(appended).")
      }
    }
  }
}

private let proxies: TrustedProxies = {
  guard let proxies = TrustedProxies(list: ["10.0.0.0/8", "fd00::/8"]) else { preconditionFailure("These are blocks.") }
  return proxies
}()
