internal import CLinux
internal import Glibc

/// Unpredictable bytes from the kernel, at most 256.
public func randomBytes(_ count: Int) -> [UInt8] {
  precondition(count <= 256, "The kernel gives at most 256 random bytes at once.")
  var bytes = [UInt8](repeating: 0, count: count)
  guard getrandom(&bytes, count, 0) == count else { preconditionFailure("The kernel gives few random bytes at once.") }
  return bytes
}
