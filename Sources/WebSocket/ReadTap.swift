internal import CReadTap
import Glibc

/// Reads a connection's bytes in place of the library, which is given what this returns.
class ReadTap {
  let descriptor: Int32
  private var isSet = false

  init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit { end() }

  /// Whether the library's reads come here at all: it depends on how the program was linked.
  static let works = readtap_works() == 1

  /// From now on, on this thread.
  func begin() {
    isSet = true
    readtap_set(
      descriptor,
      { owner, tls, descriptor, buffer, count in
        guard let owner, let buffer else { return 0 }
        let source = ReadSource(tls: tls, descriptor: descriptor)
        let target = UnsafeMutableRawBufferPointer(start: buffer, count: count)
        return Unmanaged<ReadTap>.fromOpaque(owner)._withUnsafeGuaranteedRef { $0.read(into: target, from: source) }
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// The descriptor is closed, or will be; another connection may have its number already.
  func end() {
    guard isSet else { return }
    isSet = false
    if readtap_owner(descriptor) == Unmanaged.passUnretained(self).toOpaque() { readtap_set(descriptor, nil, nil) }
  }

  /// - Returns: what `recv` or `SSL_read` would: how many bytes, 0 at the end, -1 for none now or an error.
  func read(into buffer: UnsafeMutableRawBufferPointer, from source: ReadSource) -> Int {
    preconditionFailure("each kind of tap reads its own way")
  }
}

/// Where a tap's bytes come from: a socket, or TLS on it.
struct ReadSource {
  fileprivate let tls: UnsafeMutableRawPointer?
  fileprivate let descriptor: Int32

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    readtap_read(tls, descriptor, buffer.baseAddress, buffer.count)
  }

  func peek(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    readtap_peek(tls, descriptor, buffer.baseAddress, buffer.count)
  }

  /// Bytes are there that no event will tell of.
  var hasPending: Bool { readtap_pending(tls) > 0 }

  /// Reads what there is and throws it away.
  /// - Returns: what the read that found nothing did: 0 at the end, -1 for none now. A peer that keeps sending is cut
  /// off.
  func discard(using buffer: UnsafeMutableRawBufferPointer) -> Int {
    for _ in 0..<64 {
      let count = read(into: buffer)
      if count <= 0 { return count }
    }
    return 0
  }
}
