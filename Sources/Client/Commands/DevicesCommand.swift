import Capture
import CommandLine
import JSON

/// The options of `devices`.
struct DevicesOptions {
  enum Output: String, CaseIterable { case text, json }

  var output: Output

  init(_ settings: Settings) throws(UsageError) { output = try settings.choice("output") ?? .text }
}

/// Lists the capture devices.
enum DevicesCommand {
  static func run(_ options: DevicesOptions, console: Console) -> ExitStatus {
    let (devices, refused) = CaptureDevice.list()
    switch options.output {
    case .text:
      for (index, device) in devices.enumerated() {
        for line in lines(device, number: index + 1) { console.result(line) }
      }
    case .json: console.result(json(devices))
    }
    for error in refused { console.note("\(error)") }
    if devices.isEmpty { console.note("audio-client: no capture device can be opened") }
    guard console.outputFailure == nil else { return .incomplete }
    return devices.isEmpty ? .device : .done
  }

  static func lines(_ device: CaptureDevice, number: Int) -> [String] {
    let rates = device.sampleRates.map { "\($0)" }.joined(separator: ", ")
    let channels =
      device.channels.count == 1
      ? "\(device.channels.lowerBound)" : "\(device.channels.lowerBound)–\(device.channels.upperBound)"
    return [
      "\(number)  \(device.name)\(device.isDefault ? " (default)" : "")", "   \(device.description)",
      "   rates \(rates) Hz; channels \(channels); formats \(device.formats.joined(separator: ", "))",
    ]
  }

  /// One array, in the order of the list.
  static func json(_ devices: [CaptureDevice]) -> String {
    JSONValue.array(
      devices.enumerated().map { index, device in
        .object([
          .init(key: "number", value: .number(index + 1)), .init(key: "name", value: .string(device.name)),
          .init(key: "description", value: .string(device.description)),
          .init(key: "default", value: .bool(device.isDefault)),
          .init(key: "sample_rates", value: .array(device.sampleRates.map { .number($0) })),
          .init(
            key: "channels",
            value: .array([.number(device.channels.lowerBound), .number(device.channels.upperBound)])),
          .init(key: "formats", value: .array(device.formats.map { .string($0) })),
        ])
      }
    ).text
  }
}
