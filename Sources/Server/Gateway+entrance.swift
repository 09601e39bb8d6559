import Contract
import Glibc
import IO
import JSON
import Platform
import WebSocket

/// Who comes in, and what is read again on SIGHUP.
extension Gateway {
  /// Reads the tokens for the first time.
  /// - Returns: whether the server can start.
  func openEntrance() -> Bool {
    guard let path = settings.entrance.authTokens else { return true }
    do throws(AuthTokenError) {
      let tokens = try AuthTokenFile(path: path).tokens()
      commons.atTheGate { $0.tokens = tokens }
      if tokens == AuthTokens() { log.write(.warning, "no token is in \(path): nobody is let in") }
      return true
    } catch {
      log.write(.error, "the tokens in \(path) can't be used: \(error)")
      return false
    }
  }

  /// Says what everybody can do who can reach the server.
  func warnOfEntrance(_ server: WebSocketServer) {
    let isOnLoopback = server.isOnLoopback
    commons.atTheGate { $0.origins.isOnLoopback = isOnLoopback }
    guard !isOnLoopback else { return }
    if settings.entrance.authTokens == nil {
      log.always(.warning, "OPEN TO EVERYONE who can reach \(settings.host):\(server.port): no --auth-tokens is given")
    } else if settings.entrance.certificate == nil {
      log.always(.warning, "tokens and sound travel unencrypted: no --tls-cert is given")
    }
  }

  /// SIGHUP: what is in files is read again; what can't be used leaves the old in force.
  func reload() {
    if let path = settings.entrance.authTokens {
      do throws(AuthTokenError) {
        let tokens = try AuthTokenFile(path: path).tokens()
        commons.atTheGate { $0.tokens = tokens }
        log.write(.info, "tokens read again", ["tokens": .number(tokens.entries.count)])
        everywhere { $0.dismissStrangers() }
      } catch {
        log.write(.error, "the tokens in \(path) can't be used, those known stay: \(error)")
      }
    }
    everywhere { $0.renewCertificate() }
  }

  private func renewCertificate() {
    do throws(WebSocketError) {
      try server?.renewCertificate()
      if settings.entrance.certificate != nil, isFirst { log.write(.info, "certificate read again") }
    } catch {
      log.write(.error, "the certificate stays as it is: \(error)")
    }
  }

  /// Closes the streams of tokens that are no more.
  private func dismissStrangers() {
    for client in Array(clients.values) where client.session.state != .ended {
      let visitor = client.visitor
      guard !commons.atTheGate({ $0.keeps(visitor) }) else { continue }
      client.send(.failure(error: "This token is not known any more", code: "token_removed", seq: nil))
      close(client, code: 1008, reason: "token removed")
    }
  }

  /// Reads a client no more for a while if it, or who it belongs to, has sent more than it may.
  func slowDown(_ client: ConnectedClient, after bytes: Int) {
    let wait = commons.charge(bytes, to: client.visitor, at: loop.now)
    guard wait > .zero, !client.pauses.contains(.rate) else { return }
    client.pause(.rate)
    let stream = client.stream
    loop.after(wait) { [unowned self] in self.client(stream)?.resume(.rate) }
  }
}
