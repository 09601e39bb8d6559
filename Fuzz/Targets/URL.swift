import Web

/// The address given to a client: what is taken names a host and a port, holds nothing that could end a header line,
/// and reads the same when it has been written.
func fuzzURL(_ bytes: UnsafeRawBufferPointer) {
  guard let url = try? WebSocketURL(String(decoding: bytes, as: UTF8.self)) else { return }
  require(!url.host.isEmpty && (1...65535).contains(url.port), "A URL without host or port was taken.")
  require(url.path.hasPrefix("/"), "A path does not begin with a slash.")
  for text in [url.host, url.authority, url.path] {
    require(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "A URL holds what ends a header line: \(text)")
  }
  requireSame(url, as: url.description)
  let longer = url.appending(query: "a b&=é", "\r\n#%")
  requireSame(longer, as: longer.description)
}

private func requireSame(_ url: WebSocketURL, as text: String) {
  require((try? WebSocketURL(text)) == url, "A URL reads otherwise when it has been written: \(text)")
}
