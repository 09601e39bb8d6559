import Capture

/// Lists the capture devices.
enum DevicesCommand {
  static func run(console: Console) -> ExitStatus {
    let (devices, refused) = CaptureDevice.list()
    for device in devices {
      console.result(device.name + (device.isDefault ? " (default)" : ""))
      console.result("  \(device.description)")
      let rates = device.sampleRates.map { "\($0)" }.joined(separator: ", ")
      let channels =
        device.channels.count == 1
        ? "\(device.channels.lowerBound)" : "\(device.channels.lowerBound)–\(device.channels.upperBound)"
      console.result("  rates \(rates) Hz; channels \(channels); formats \(device.formats.joined(separator: ", "))")
    }
    for error in refused { console.note("\(error)") }
    guard devices.isEmpty else { return console.outputFailure == nil ? .done : .incomplete }
    console.note("audio-client: no capture device can be opened")
    return .incomplete
  }
}
