internal import Web

extension HTTPRequest {
  /// The word before a key among the offered subprotocols, which is agreed to.
  var agreedCredentialSubprotocol: String? {
    subprotocols.first { DialectPolicy.Credential.subprotocolWords.contains($0.lowercased()) }
  }
}
