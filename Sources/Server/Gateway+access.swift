import CommandLine
import Glibc
import IO
import JSON
import Platform
import Streams
import Web

/// Tokens and certificates, at the start and again on SIGHUP.
extension Gateway {
  /// Loads the tokens for the first time; false if the server can't start.
  func loadTokens() -> Bool {
    guard let path = shared.configuration.entrance.authTokens else { return true }
    do throws(AuthTokenError) {
      let tokens = try AuthTokenFile(path: path).tokens()
      shared.access.withControl { $0.tokens = tokens }
      if tokens == AuthTokens() { log.write(.warning, "no tokens in \(path): every client is refused") }
      return true
    } catch {
      log.write(.error, "cannot load tokens from \(path): \(error)")
      return false
    }
  }

  /// Warns of what everyone who can reach the server can do.
  func warnOfExposure(_ server: WebServer) {
    let (settings, entrance) = (context.settings, shared.configuration.entrance)
    let isOnLoopback = server.isOnLoopback
    shared.access.withControl { $0.origins.isOnLoopback = isOnLoopback }
    guard !isOnLoopback else { return }
    if entrance.authTokens == nil {
      log.always(.warning, "open to everyone who can reach \(settings.host):\(server.port): set --auth-tokens")
    } else if entrance.certificate == nil {
      log.always(.warning, "tokens and audio are sent unencrypted: set --tls-cert and --tls-key")
    }
  }

  /// Warns of a certificate that every client refuses.
  func warnOfExpiry(_ server: WebServer) {
    guard let certificate = shared.configuration.entrance.certificate?.certificate,
      let expiry = server.certificateExpiry, expiry <= Glibc.time(nil)
    else { return }
    log.always(.warning, "the certificate in \(certificate) has expired: renew it and send SIGHUP")
  }

  /// SIGHUP: reads the configuration file, tokens and certificate again. What can't be used leaves the current ones in
  /// force.
  func reload() {
    context.notifySocket?.notify(.reloading)
    defer { context.notifySocket?.notify(.ready(statusLine)) }
    if context.settings.given.string("config") != nil { reloadConfiguration() }
    let entrance = shared.configuration.entrance
    reloadTokens(entrance.authTokens)
    shared.access.update(entrance)
    everywhere { $0.reload(entrance) }
  }

  private func reloadConfiguration() {
    do throws(UsageError) {
      let change = shared.configuration.change(to: try ServerSettings(try ServerSettings.read()))
      log.write(
        .info, "configuration reloaded",
        change.taken.isEmpty ? [:] : ["changed": .string(change.taken.joined(separator: ","))])
      if !change.restart.isEmpty {
        log.write(
          .warning, "the configuration has changes that need a restart",
          ["names": .string(change.restart.joined(separator: ","))])
      }
      if let server { warnOfExposure(server) }
    } catch {
      log.write(.error, "cannot reload the configuration, keeping the current one: \(error)")
    }
  }

  private func reloadTokens(_ path: String?) {
    guard let path else { return shared.access.withControl { $0.tokens = nil } }
    do throws(AuthTokenError) {
      let tokens = try AuthTokenFile(path: path).tokens()
      shared.access.withControl { $0.tokens = tokens }
      log.write(.info, "tokens reloaded", ["tokens": .number(tokens.entries.count)])
      everywhere { $0.closeRevokedSessions() }
    } catch {
      log.write(.error, "cannot reload tokens from \(path), keeping the current ones: \(error)")
    }
  }

  private func reload(_ entrance: EntranceSettings) {
    guard let server else { return }
    do throws(IOError) {
      try server.update(entrance.reception(loops: shared.loops), entrance.patience)
      guard entrance.certificate != nil, isFirst else { return }
      log.write(.info, "certificate reloaded")
      warnOfExpiry(server)
    } catch {
      log.write(.error, "cannot reload the certificate, keeping the current one: \(error)")
    }
  }

  /// Closes the streams whose token was removed.
  private func closeRevokedSessions() {
    for session in Array(sessions.connected.values) where !session.stream.account.hasEnded {
      let client = session.client
      guard !shared.access.withControl({ $0.keeps(client) }) else { continue }
      perform(session.stream.close(.tokenRevoked), for: session)
      account(session)
    }
  }
}
