/// The reason why nothing could be measured. A server's fault is not an error but a figure.
enum LoadError: Error, Equatable, CustomStringConvertible {
  case system(call: String, code: Int32)
  case library(call: String)
  case badAddress(String)

  var description: String {
    switch self {
    case .system(let call, let code): "\(call) failed with error \(code) of the system"
    case .library(let call): "\(call) of OpenSSL failed"
    case .badAddress(let address): "\(address) is no IPv4 address in figures"
    }
  }
}
