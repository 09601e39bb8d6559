internal import IO

/// Orders for a stream, from any thread.
struct StreamRemote: Sendable {
  let gate: LoopGate
  let wake: Wake

  /// There is room for events again.
  func proceed() { gate.submit { wake.run?.sendAudio() } }
  /// Ends the sound.
  func stop() { gate.submit { wake.run?.stop() } }
  /// Ends the sound, and after a while everything.
  func cancel() { gate.submit { wake.run?.cancel() } }
}
