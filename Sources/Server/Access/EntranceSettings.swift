import CommandLine
import Dialects
import Glibc
import IO
import Platform
import Web

/// Access control, TLS, the page, and the limits and timeouts of connections.
struct EntranceSettings: Equatable {
  /// File of hashed tokens; nil: no token is required.
  var authTokens: String?
  var certificate: CertificateFiles?
  var page: PageFiles.Source
  /// Names of the protocols of other services that are spoken.
  var dialects: [String]
  /// Of the Wyoming protocol; nil: it is not spoken.
  var wyomingPort: Int?
  /// Clients of that protocol, who have no tokens, may come from elsewhere though others need one.
  var isWyomingOpen: Bool
  var allowedOrigins: OriginRule.Allowed
  /// nil: the default, which does not limit loopback addresses.
  var connectionsPerAddress: Int?
  var connectionsPerToken: Int
  var bytesPerSecond: Int
  var trustedProxies: TrustedProxies
  var timeouts: Timeouts

  struct Timeouts: Equatable {
    var handshake: Duration
    var idle: Duration
    var slowReader: Duration
  }

  /// A fifteenth of all connections: one address cannot take them all, and an office behind one address still fits.
  static let defaultConnections = 1000

  /// Connections of one address that have not said what they want: a quarter of all. An office behind one address opens
  /// fewer in the time of a handshake, and one that floods leaves room for the others.
  static let requestingPerAddress = 1024

  static let tokensFlag = Flag(
    "auth-tokens", "FILE", variables: ["AUDIO_AUTH_TOKENS"], isReloaded: true,
    "Require an access token from this file, whose text is reloaded, too. See audio-server token --help.")

  static let flags = [
    tokensFlag,
    Flag(
      "tls-cert", "FILE", variables: ["AUDIO_TLS_CERT"], isReloaded: true,
      "Use TLS with this certificate chain (PEM), which is reloaded, too."),
    Flag("tls-key", "FILE", variables: ["AUDIO_TLS_KEY"], isReloaded: true, "Private key of the certificate (PEM)."),
    Flag(
      "allow-origin", "ORIGINS", variables: ["AUDIO_ALLOW_ORIGIN"], isReloaded: true,
      "Web origins that may open streams, in addition to this server's own: https://a.example,… or *."),
    Flag(
      "dialects", "NAMES", variables: ["AUDIO_DIALECTS"], fallback: "all",
      "Protocols of other services to speak, separated by commas: \(DialectList.names), all or none. See docs/dialects.md."
    ),
    Flag(
      "wyoming-port", "PORT", variables: ["AUDIO_WYOMING_PORT"],
      "Also listen on this TCP port of --host for clients of the Wyoming protocol, as Home Assistant; 0 picks a free one. Customary: 10300."
    ),
    Flag(
      "wyoming-open", variables: ["AUDIO_WYOMING_OPEN"],
      "Allow --wyoming-port, whose clients have no tokens, beside --auth-tokens on an address that others can reach."),
    Flag("no-page", variables: ["AUDIO_NO_PAGE"], "Serve no page at /."),
    Flag(
      "page", "DIR", variables: ["AUDIO_PAGE"],
      "Serve the page from this folder, read again for each request: to work on it. Default: the page in the program."),
    Flag(
      "max-connections-per-address", "N", variables: ["AUDIO_MAX_CONNECTIONS_PER_ADDRESS"], isReloaded: true,
      "Streams one address (IPv6: one /64) may have open; 0: no limit, as needed behind a proxy that is not trusted. Default: 1000, and no limit from this machine."
    ),
    Flag(
      "trusted-proxy", "CIDR", variables: ["AUDIO_TRUSTED_PROXY"], isReloaded: true,
      "Proxies in front of this server, separated by commas: addresses, CIDRs, or unix for a Unix socket. They are believed when they name the client: in X-Forwarded-For or Forwarded (the rightmost address that is no such proxy's), or with the PROXY protocol, version 2."
    ),
    Flag(
      "max-connections-per-token", "N", variables: ["AUDIO_MAX_CONNECTIONS_PER_TOKEN"],
      fallback: "\(defaultConnections)", isReloaded: true, "Streams one token may have open; 0: no limit."),
    Flag(
      "max-bytes-per-second", "N", variables: ["AUDIO_MAX_BYTES_PER_SECOND"], fallback: "0", isReloaded: true,
      "Bytes per second read from one address and from one token; 0: as many as the workers can process."),
    Flag(
      "handshake-timeout", "S", variables: ["AUDIO_HANDSHAKE_TIMEOUT"], fallback: "10", isReloaded: true,
      "Seconds to complete the head of a request, including the TLS handshake."),
    Flag(
      "idle-timeout", "S", variables: ["AUDIO_IDLE_TIMEOUT"], fallback: "60", isReloaded: true,
      "Seconds without any data after which a connection is closed; it is pinged after half of them."),
    Flag(
      "slow-reader-timeout", "S", variables: ["AUDIO_SLOW_READER_TIMEOUT"], fallback: "60", isReloaded: true,
      "Seconds without a reply being read after which a stream is closed."),
  ]

  private static func dialects(_ settings: Settings) throws(UsageError) -> [String] {
    let known = DialectList.others.map(\.name)
    let names = (settings.string("dialects") ?? "").split(separator: ",").map(String.init)
    if names == ["all"] { return known }
    if names == ["none"] { return [] }
    guard !names.isEmpty, names.allSatisfy(known.contains) else {
      throw settings.refuse("dialects", allowed: "all, none, or some of \(DialectList.names)")
    }
    return names
  }

  private static func wyomingPort(_ settings: Settings, isOpen: Bool) throws(UsageError) -> Int? {
    guard let port = try settings.integer("wyoming-port", in: 0...65_535) else { return nil }
    let host = settings.string("host") ?? ""
    guard !host.hasPrefix("/") else { throw UsageError("--wyoming-port: expected an address as --host, got \(host)") }
    guard HostName.isLoopback(host) || isOpen || settings.string("auth-tokens") == nil else {
      throw UsageError(
        "--wyoming-port: its clients have no tokens; expected a loopback address as --host, or --wyoming-open")
    }
    return port
  }

  private static func page(_ settings: Settings) throws(UsageError) -> PageFiles.Source {
    let folder = settings.string("page")
    if try settings.isOn("no-page") {
      guard folder == nil else { throw UsageError("--no-page: expected no --page with it") }
      return .none
    }
    guard let folder else { return .program }
    guard access("\(folder)/index.html".systemName, R_OK) == 0 else {
      throw settings.refuse("page", allowed: "a folder with an index.html")
    }
    return .folder(folder)
  }

  init(_ settings: Settings) throws(UsageError) {
    page = try Self.page(settings)
    dialects = try Self.dialects(settings)
    authTokens = settings.string("auth-tokens")
    isWyomingOpen = try settings.isOn("wyoming-open")
    wyomingPort = try Self.wyomingPort(settings, isOpen: isWyomingOpen)
    switch (settings.string("tls-cert"), settings.string("tls-key")) {
    case (let certificate?, let key?): self.certificate = CertificateFiles(certificate: certificate, key: key)
    case (nil, nil): certificate = nil
    case (_?, nil): throw UsageError("--tls-cert: expected --tls-key with it")
    case (nil, _?): throw UsageError("--tls-key: expected --tls-cert with it")
    }
    guard let origins = OriginRule.Allowed(list: settings.string("allow-origin") ?? "") else {
      throw settings.refuse("allow-origin", allowed: OriginRule.Allowed.form)
    }
    allowedOrigins = origins
    connectionsPerAddress = try settings.integer("max-connections-per-address", in: 0...1_000_000)
    guard let perToken = try settings.integer("max-connections-per-token", in: 0...1_000_000),
      let rate = try settings.integer("max-bytes-per-second", in: 0...10_000_000_000),
      let handshake = try settings.seconds("handshake-timeout", in: 1...3600),
      let idle = try settings.seconds("idle-timeout", in: 2...86_400),
      let slowReader = try settings.seconds("slow-reader-timeout", in: 1...86_400)
    else { preconditionFailure("These flags have defaults.") }
    guard let proxies = TrustedProxies(list: settings.names("trusted-proxy")) else {
      throw settings.refuse("trusted-proxy", allowed: TrustedProxies.form)
    }
    connectionsPerToken = perToken
    bytesPerSecond = rate
    trustedProxies = proxies
    timeouts = Timeouts(handshake: handshake, idle: idle, slowReader: slowReader)
  }

  /// Whether clients without tokens may come from where a socket can be reached.
  func mayListenForWyoming(isOnLoopback: Bool) -> Bool { isOnLoopback || isWyomingOpen || authTokens == nil }

  var limits: ConnectionLimits {
    ConnectionLimits(
      perAddress: connectionsPerAddress ?? Self.defaultConnections, perToken: connectionsPerToken,
      sparesLoopback: connectionsPerAddress == nil)
  }

  /// What each of so many loops accepts.
  func reception(loops: Int) -> Reception {
    var reception = Reception()
    reception.maximumRequesting /= loops
    reception.handshake = timeouts.handshake
    reception.trustedProxies = trustedProxies
    reception.certificate = certificate
    // More than may have streams: a client over the limit still gets 429, and health can still be requested.
    if limits.perAddress > 0 {
      reception.maximumPerNetwork = limits.perAddress + 32
      reception.maximumRequestingPerNetwork = Self.requestingPerAddress / loops
    }
    reception.sparesLoopback = limits.sparesLoopback
    return reception
  }

  var patience: Patience {
    var patience = Patience()
    patience.idleBeforePing = timeouts.idle / 2
    patience.pingUnanswered = timeouts.idle / 2
    patience.slowReader = timeouts.slowReader
    return patience
  }
}
