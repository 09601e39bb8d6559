internal import COpenSSL
import Glibc

/// The secrets of a connection's two directions, from which its keys follow (RFC 8446, 7.2). Each is in one place, and
/// wiped at the end.
final class TrafficSecrets {
  /// SHA-384's.
  private static let mostBytes = 48
  private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * mostBytes, alignment: 8)
  private var counts = (client: 0, server: 0)

  deinit {
    OPENSSL_cleanse(memory.baseAddress, memory.count)
    memory.deallocate()
  }

  var client: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(rebasing: memory[..<counts.client]) }
  var server: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: memory[Self.mostBytes...].prefix(counts.server))
  }

  /// Takes the secret that a line has, as OpenSSL gives each away: its label, the client's random number, the secret.
  func note(_ line: UnsafePointer<CChar>) {
    let line = UnsafeRawBufferPointer(start: line, count: strlen(line))
    let words = line.split(separator: UInt8(ascii: " "))
    guard words.count == 3, words[2].count <= 2 * Self.mostBytes else { return }
    if words[0].elementsEqual("CLIENT_TRAFFIC_SECRET_0".utf8) {
      counts.client = read(words[2], at: 0)
    } else if words[0].elementsEqual("SERVER_TRAFFIC_SECRET_0".utf8) {
      counts.server = read(words[2], at: Self.mostBytes)
    }
  }

  /// - Returns: how many bytes the digits are; 0 if they are none.
  private func read(_ digits: Slice<UnsafeRawBufferPointer>, at place: Int) -> Int {
    for (index, digit) in digits.enumerated() {
      guard let value = Self.value(digit) else { return 0 }
      let high = index % 2 == 0 ? 0 : memory[place + index / 2] << 4
      memory[place + index / 2] = high | value
    }
    return digits.count / 2
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
