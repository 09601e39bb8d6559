import Capture

/// Events of a recording, such as overruns: counted for the screen and reported in words.
struct RecordingLog: Equatable {
  private(set) var overruns = 0
  private(set) var gaps = 0
  private(set) var suspends = 0
  private(set) var losses = 0
  private(set) var lostFrames = 0
  /// The device is unavailable now.
  private(set) var isLost = false
  /// The error that ended the recording.
  private(set) var failure: CaptureError?
  /// The file has less audio than its header says.
  private(set) var isTruncated = false
  /// How much faster the device's clock runs than this machine's, as a fraction, if it is known to differ.
  private var clockError: Double?
  /// The native format of the device.
  private(set) var deviceFormat: DeviceFormat?
  let sampleRate: Int

  /// - Parameter sampleRate: of the frames that the events count.
  init(sampleRate: Int) { self.sampleRate = sampleRate }

  /// - Returns: what to report to the user at once, if anything.
  mutating func take(_ event: CaptureEvent) -> String? {
    switch event {
    case .started(let format):
      defer { isLost = false }
      deviceFormat = format
      return isLost ? "the device is there (\(format))" : nil
    case .absent(let error):
      isLost = true
      return "\(error); waiting until it is there"
    case .slow(let after, let patience):
      return "no audio from the device for \(after.brief); waiting up to \(patience.brief) for the first"
    case .clock(let error):
      defer { clockError = error }
      guard clockError == nil else { return nil }
      let way = error < 0 ? "slow" : "fast"
      return "the device's clock runs \((abs(error) * 100).fixed(1)) % \(way); no audio is lost by that"
    case .channels(let levels):
      return levels.words
    case .overrun(let lost):
      overruns += 1
      return lose(lost, "overrun: the buffer of the device was full")
    case .suspended(let lost):
      suspends += 1
      return lose(lost, "the system was suspended")
    case .gap(let lost):
      gaps += 1
      return lose(lost, "gap: the device delivered less audio than time has passed")
    case .dropped(let frames):
      overruns += 1
      return lose(frames, "overrun: this program was too slow for the device")
    case .lost(let error):
      isLost = true
      losses += 1
      return "\(error); waiting for the device"
    case .back(let format, let lost):
      isLost = false
      deviceFormat = format
      return lose(lost, "the device is back (\(format))")
    case .failed(let error):
      failure = error
      return nil
    case .truncated(let promised, let found):
      isTruncated = true
      guard let promised else { return "truncated: the file ends in the middle of a page, after \(found) frames" }
      return "truncated: the header says \(promised) frames, the file has \(found)"
    case .exceeded(let stated, let found):
      let more = found.map { "the file has \($0)" } ?? "more follow"
      return "the header says \(stated) frames, \(more); all are sent"
    }
  }

  private mutating func lose(_ frames: Int, _ what: String) -> String {
    lostFrames += frames
    guard frames > 0 else { return what }
    return "\(what); \((Double(frames) / Double(sampleRate)).fixed(3)) s lost"
  }

  /// For the screen: only what has happened.
  var troubles: [String] {
    var texts: [String] = []
    if isLost { texts.append(deviceFormat == nil ? "no device" : "device lost") }
    if overruns > 0 { texts.append(overruns == 1 ? "1 overrun" : "\(overruns) overruns") }
    if gaps > 0 { texts.append(gaps == 1 ? "1 gap" : "\(gaps) gaps") }
    if suspends > 0 { texts.append(suspends == 1 ? "1 suspend" : "\(suspends) suspends") }
    if losses > 0, !isLost { texts.append(losses == 1 ? "device lost once" : "device lost \(losses) times") }
    if let clockError {
      texts.append("clock \(clockError < 0 ? "−" : "+")\((abs(clockError) * 100).fixed(1)) %")
    }
    if lostFrames > 0 { texts.append("\((Double(lostFrames) / Double(sampleRate)).fixed(2)) s lost") }
    return texts
  }
}
