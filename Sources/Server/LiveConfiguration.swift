import CommandLine
import Synchronization

/// The settings in force: those of clients' connections change with the configuration file on SIGHUP.
struct LiveConfiguration: ~Copyable, Sendable {
  // Access is internal: a private type crashes the compiler (Swift 6.3).
  struct State {
    /// As at the start, and as they were last read.
    let initial: Settings
    var current: Settings
    var entrance: EntranceSettings
  }
  private let state: Mutex<State>

  init(_ settings: ServerSettings) {
    state = Mutex(State(initial: settings.given, current: settings.given, entrance: settings.entrance))
  }

  var entrance: EntranceSettings { state.withLock { $0.entrance } }

  /// Takes what can be taken of settings that were read anew.
  func change(to settings: ServerSettings) -> ConfigChange {
    state.withLock { state in
      var entrance = settings.entrance
      let change = ConfigChange(
        initial: state.initial, current: state.current, new: settings.given,
        keepsTLS: (entrance.certificate == nil) == (state.entrance.certificate == nil))
      if !change.keepsTLS { entrance.certificate = state.entrance.certificate }
      state.current = settings.given
      state.entrance = entrance
      return change
    }
  }
}

/// The names in a configuration file whose values have changed: those that are taken, and those that a running server
/// cannot take.
struct ConfigChange: Equatable {
  var taken: [String]
  /// Different from the start of the server.
  var restart: [String]
  /// Connections are encrypted as before, or not as before; one cannot become the other.
  let keepsTLS: Bool

  init(initial: Settings, current: Settings, new: Settings, keepsTLS: Bool) {
    self.keepsTLS = keepsTLS
    func isTaken(_ flag: Flag) -> Bool { flag.isReloaded && (keepsTLS || !flag.name.hasPrefix("tls-")) }
    taken = new.changes(since: current).filter(isTaken).map(\.name)
    restart = new.changes(since: initial).filter { !isTaken($0) }.map(\.name)
  }
}
