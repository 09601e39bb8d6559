/// Which device a user means: by its name, by its number in the list, or by a part of its name or description.
public enum DeviceChoice: Equatable, Sendable {
  case device(String)
  /// A part that several have.
  case several([String])
  case none

  /// - Parameters:
  ///   - typed: as the user has written it.
  ///   - devices: the list, whose first is number 1.
  public init(_ typed: String, among devices: [CaptureDevice]) {
    let part = typed.lowercased()
    let matches = devices.filter { $0.name.lowercased().contains(part) || $0.description.lowercased().contains(part) }
    if devices.contains(where: { $0.name == typed }) {
      self = .device(typed)
    } else if let number = Int(typed) {
      self = devices.indices.contains(number - 1) ? .device(devices[number - 1].name) : .none
    } else if matches.count > 1 {
      self = .several(matches.map(\.name))
    } else {
      self = matches.first.map { .device($0.name) } ?? .none
    }
  }
}
