import Glibc

/// Memory that the TLS sessions of one loop share: each uses it only during a call.
final class TLSBuffers {
  let passage = UnsafeMutablePointer<TLSPassage>.allocate(capacity: 1)
  /// A whole read decrypted, and the record that was incomplete before.
  let plain: UnsafeMutableRawBufferPointer
  let ciphers = RecordCiphers()
  /// For incomplete records.
  let pool: BlockPool

  /// - Parameter readBytes: of one read.
  init(_ pool: BlockPool, readBytes: Int) {
    self.pool = pool
    plain = UnsafeMutableRawBufferPointer.allocate(byteCount: readBytes + (32 << 10), alignment: 64)
    passage.initialize(to: TLSPassage())
  }

  deinit {
    passage.pointee.free()
    passage.deallocate()
    plain.deallocate()
  }
}

/// Between OpenSSL and a stream. OpenSSL's calls find it by its address, without a reference to count.
struct TLSPassage {
  /// Input that OpenSSL may read.
  var input = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Receiver of the secrets that OpenSSL derives, if there is one.
  var secrets: Unmanaged<TrafficSecrets>?
  /// OpenSSL's output.
  private var output: UnsafeMutableRawPointer?
  private var outputBytes = 0
  private var capacity = 0

  var encrypted: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: output, count: outputBytes) }

  mutating func forgetEncrypted() { outputBytes = 0 }

  mutating func read(into target: UnsafeMutableRawPointer, _ count: Int) -> Int {
    guard let source = input.baseAddress else { return 0 }
    let taken = min(count, input.count)
    target.copyMemory(from: source, byteCount: taken)
    input = UnsafeRawBufferPointer(start: source + taken, count: input.count - taken)
    return taken
  }

  mutating func write(_ source: UnsafeRawPointer, _ count: Int) {
    room(count).copyMemory(from: source, byteCount: count)
    advance(count)
  }

  /// Room for so many more bytes; written ones are reported with `advance`.
  mutating func room(_ count: Int) -> UnsafeMutableRawPointer {
    if capacity - outputBytes < count {
      capacity = max(outputBytes + count, 2 * capacity, 32 << 10)
      output = realloc(output, capacity)
    }
    guard let output else { preconditionFailure("No memory for \(capacity) encrypted bytes.") }
    return output + outputBytes
  }

  mutating func advance(_ count: Int) { outputBytes += count }

  func free() { Glibc.free(output) }
}
