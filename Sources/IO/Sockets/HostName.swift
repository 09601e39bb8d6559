/// A host as people write it: a name or an address.
public enum HostName {
  /// Whether it is this machine by itself. A name that was made to point here is not.
  public static func isLoopback(_ host: String) -> Bool {
    if let address = IPAddress(host: host) { return address.isLoopback }
    let name = normalized(host)
    return ["localhost", "ip6-localhost", "ip6-loopback"].contains(name) || name.hasSuffix(".localhost")
  }

  /// As names are compared: in lowercase, without the dot that may end them.
  public static func normalized(_ name: some StringProtocol) -> String {
    let name = name.lowercased()
    return name.hasSuffix(".") ? String(name.dropLast()) : name
  }
}
