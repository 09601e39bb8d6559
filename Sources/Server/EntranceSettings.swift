import CommandLine
import WebSocket

/// Who may come in, how, and how much of each other's patience both sides have.
struct EntranceSettings: Equatable {
  /// The file of hashed tokens; nil: none is asked for.
  var authTokens: String?
  var certificate: CertificateFiles?
  /// Comma-separated.
  var allowedOrigins: String
  /// nil: the default, which spares this machine's own addresses.
  var connectionsPerAddress: Int?
  var connectionsPerToken: Int
  var bytesPerSecond: Int
  var handshakeTimeout: Duration
  var idleTimeout: Duration
  var slowReaderTimeout: Duration

  /// A fifteenth of what there is room for: one address cannot take it all, and an office behind one fits in.
  private static let defaultConnections = 1000

  static let tokensFlag = Flag(
    "auth-tokens", "FILE", variables: ["AUDIO_AUTH_TOKENS"],
    "Only who shows a token of this file is let in; read again on SIGHUP. See audio-server token --help.")

  static let flags = [
    tokensFlag,
    Flag(
      "tls-cert", "FILE", variables: ["AUDIO_TLS_CERT"],
      "Speak TLS with this certificate and those behind it, in PEM; read again on SIGHUP."),
    Flag("tls-key", "FILE", variables: ["AUDIO_TLS_KEY"], "The certificate's key, in PEM."),
    Flag(
      "allow-origin", "ORIGINS", variables: ["AUDIO_ALLOW_ORIGIN"],
      "Web pages that may open streams beside this server's own: https://a.example,… or *."),
    Flag(
      "max-connections-per-address", "N", variables: ["AUDIO_MAX_CONNECTIONS_PER_ADDRESS"],
      "Streams one address (IPv6: one /64) may have open, 0: any number; default is 1000, and any number from this machine."
    ),
    Flag(
      "max-connections-per-token", "N", variables: ["AUDIO_MAX_CONNECTIONS_PER_TOKEN"],
      fallback: "\(defaultConnections)", "Streams one token may have open, 0: any number."),
    Flag(
      "max-bytes-per-second", "N", variables: ["AUDIO_MAX_BYTES_PER_SECOND"], fallback: "0",
      "Bytes a second read from one address and from one token, 0: as many as the workers take."),
    Flag(
      "handshake-timeout", "S", variables: ["AUDIO_HANDSHAKE_TIMEOUT"], fallback: "10",
      "Seconds to complete a request, with TLS's handshake."),
    Flag(
      "idle-timeout", "S", variables: ["AUDIO_IDLE_TIMEOUT"], fallback: "60",
      "Seconds of silence until a stream is cut; after half of them it is sent a ping."),
    Flag(
      "slow-reader-timeout", "S", variables: ["AUDIO_SLOW_READER_TIMEOUT"], fallback: "60",
      "Seconds without a reply being read until a stream is closed."),
  ]

  init(_ settings: Settings) throws(UsageError) {
    authTokens = settings.string("auth-tokens")
    switch (settings.string("tls-cert"), settings.string("tls-key")) {
    case (let certificate?, let key?): self.certificate = CertificateFiles(certificate: certificate, key: key)
    case (nil, nil): certificate = nil
    case (_?, nil): throw UsageError("--tls-cert: --tls-key is missing, they go together")
    case (nil, _?): throw UsageError("--tls-key: --tls-cert is missing, they go together")
    }
    allowedOrigins = settings.string("allow-origin") ?? ""
    connectionsPerAddress = try settings.integer("max-connections-per-address", in: 0...1_000_000)
    guard let perToken = try settings.integer("max-connections-per-token", in: 0...1_000_000),
      let rate = try settings.integer("max-bytes-per-second", in: 0...10_000_000_000),
      let handshake = try settings.seconds("handshake-timeout", in: 1...3600),
      let idle = try settings.seconds("idle-timeout", in: 2...86_400),
      let slowReader = try settings.seconds("slow-reader-timeout", in: 1...86_400)
    else { preconditionFailure("These flags have fallbacks.") }
    connectionsPerToken = perToken
    bytesPerSecond = rate
    handshakeTimeout = handshake
    idleTimeout = idle
    slowReaderTimeout = slowReader
  }

  var limits: ConnectionLimits {
    ConnectionLimits(
      perAddress: connectionsPerAddress ?? Self.defaultConnections, perToken: connectionsPerToken,
      sparesLoopback: connectionsPerAddress == nil)
  }

  var reception: Reception {
    var reception = Reception()
    reception.handshake = handshakeTimeout
    reception.subprotocol = AuthToken.subprotocol
    reception.certificate = certificate
    // Some more than may have streams: who is over the limit is told so, and health can still be asked for.
    if limits.perAddress > 0 { reception.maximumPerNetwork = limits.perAddress + 32 }
    reception.sparesLoopback = limits.sparesLoopback
    return reception
  }

  var patience: WebSocketServer.Patience {
    var patience = WebSocketServer.Patience()
    patience.idleBeforePing = idleTimeout / 2
    patience.pingUnanswered = idleTimeout / 2
    patience.slowReader = slowReaderTimeout
    return patience
  }
}
