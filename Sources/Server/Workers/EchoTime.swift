/// When a server sent itself an echo over the broker, in seconds of its own clock.
struct EchoTime {
  let seconds: Double

  init(seconds: Double) { self.seconds = seconds }

  init?(_ message: UnsafeRawBufferPointer) {
    guard message.count == MemoryLayout<UInt64>.size else { return nil }
    seconds = Double(bitPattern: message.loadUnaligned(as: UInt64.self))
  }

  var bytes: [UInt8] { withUnsafeBytes(of: seconds.bitPattern) { Array($0) } }
}
