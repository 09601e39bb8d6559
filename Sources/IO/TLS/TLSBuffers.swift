internal import COpenSSL
import Glibc

/// Memory that the TLS sessions of one loop share: each uses it only during a call.
final class TLSBuffers {
  let passage = UnsafeMutablePointer<TLSPassage>.allocate(capacity: 1)
  /// A whole read decrypted, and the record that was incomplete before.
  let plain = UnsafeMutableRawBufferPointer.allocate(
    byteCount: StreamScheduler.readBytes + (32 << 10), alignment: 64)
  let ciphers = RecordCiphers()
  /// For incomplete records.
  let pool: BlockPool

  init(_ pool: BlockPool) {
    self.pool = pool
    passage.initialize(to: TLSPassage())
  }

  /// Has OpenSSL read and write there from now on.
  func serve(_ ssl: OpaquePointer) {
    guard let bio = SSL_get_rbio(ssl) ?? newPassage(for: ssl) else { preconditionFailure("No memory for a BIO.") }
    BIO_set_data(bio, passage)
  }

  private func newPassage(for ssl: OpaquePointer) -> OpaquePointer? {
    let bio = BIO_new(Self.method)
    SSL_set_bio(ssl, bio, bio)
    return bio
  }

  nonisolated(unsafe) private static let method: OpaquePointer? = {
    let method = BIO_meth_new(copenssl_bio_type(), "loop")
    BIO_meth_set_read(method, readInput)
    BIO_meth_set_write(method, writeOutput)
    BIO_meth_set_ctrl(method) { _, command, _, _ in command == copenssl_flush_control() ? 1 : 0 }
    BIO_meth_set_create(method) { bio in
      BIO_set_init(bio, 1)
      return 1
    }
    return method
  }()

  deinit {
    passage.pointee.free()
    passage.deallocate()
    plain.deallocate()
  }
}

/// Between OpenSSL and a stream. OpenSSL's calls find it by its address, without a reference to count.
struct TLSPassage {
  /// What OpenSSL may read.
  var input = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Where the secrets go that OpenSSL derives, if anybody wants them.
  var secrets: Unmanaged<TrafficSecrets>?
  /// What it has written.
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

private func readInput(_ bio: OpaquePointer?, target: UnsafeMutablePointer<CChar>?, count: Int32) -> Int32 {
  copenssl_clear_retry(bio)
  guard let data = BIO_get_data(bio), let target else { return -1 }
  let taken = data.assumingMemoryBound(to: TLSPassage.self).pointee.read(into: target, Int(count))
  if taken > 0 { return Int32(taken) }
  copenssl_retry_read(bio)
  return -1
}

private func writeOutput(_ bio: OpaquePointer?, source: UnsafePointer<CChar>?, count: Int32) -> Int32 {
  copenssl_clear_retry(bio)
  guard let data = BIO_get_data(bio), let source else { return -1 }
  data.assumingMemoryBound(to: TLSPassage.self).pointee.write(source, Int(count))
  return count
}

/// Hears of each secret that OpenSSL derives, with its name.
func noteSecret(_ ssl: OpaquePointer?, line: UnsafePointer<CChar>?) {
  guard let ssl, let line, let data = BIO_get_data(SSL_get_rbio(ssl)) else { return }
  data.assumingMemoryBound(to: TLSPassage.self).pointee.secrets?.takeUnretainedValue().note(line)
}
