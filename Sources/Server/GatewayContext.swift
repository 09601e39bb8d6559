import Glibc
import IO
import Platform

/// What a gateway has for life.
struct GatewayContext {
  let settings: ServerSettings
  let loop: EventLoop
  let log: Log
  let shared: SharedState
  /// Nil: sessions do not survive the server.
  let journal: Journal?
  /// The directory of sessions at the broker; nil: there is none, and no other machine.
  let bucket: SessionBucket?
  /// Which of the loops this is.
  let index: Int
  let startedAt: Duration
  /// Of the service manager that started the server and wants to know how it is; the first loop's.
  let notifySocket: NotifySocket?
  /// On which it listens for this server; the first loop's.
  let activation: ActivationSockets

  init(
    _ settings: ServerSettings, loop: EventLoop, shared: SharedState, index: Int, journal: Journal?,
    bucket: SessionBucket?, activation: ActivationSockets
  ) {
    self.settings = settings
    self.loop = loop
    self.shared = shared
    self.index = index
    self.journal = journal
    self.bucket = bucket
    self.activation = activation
    log = settings.log
    startedAt = loop.now
    notifySocket = index == 0 ? NotifySocket(pid: getpid(), environmentVariable) : nil
  }
}
