import Audio
internal import Glibc
import Support
import Testing

@testable import Capture

/// What a microphone has delivered so far, taken as a client would: when woken.
final class Recording {
  let thread: CaptureThread
  private(set) var bytes: [UInt8] = []
  /// Each with the frames before it.
  private(set) var events: [(event: CaptureEvent, position: Int)] = []
  private(set) var isOver = false
  private let woken = Counter()
  private var buffer = [UInt8](repeating: 0, count: 8192)

  init(_ device: String, _ format: AudioFormat, _ options: CaptureOptions = .patient) throws(CaptureError) {
    let woken = woken
    thread = try CaptureThread(device: device, format: format, options: options, wake: { woken.add() })
  }

  var frames: Int { bytes.count / thread.format.frameBytes }
  var samples: [Double] { SoundMeasure.s16(bytes) }
  /// Events in order without their places.
  var told: [CaptureEvent] { events.map(\.event) }

  /// Takes everything there is now.
  func take() {
    while !isOver {
      switch buffer.withUnsafeMutableBytes({ thread.next(into: $0) }) {
      case .audio(let count): bytes += buffer[..<count]
      case .event(let event): events.append((event, frames))
      case .nothingYet: return
      case .end: isOver = true
      }
    }
  }

  /// Takes what comes until `isEnough`, asked after each wake-up.
  func take(
    within limit: Duration = .seconds(60), _ what: String = "recording", until isEnough: (Recording) -> Bool
  ) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    var seen = -1
    while true {
      // A wake-up forgotten would hang here, and fail by the deadline.
      if woken.count != seen || isOver {
        seen = woken.count
        take()
        if isEnough(self) { return }
        if isOver { throw RecordingFailure("\(what): over after \(frames) frames, \(told)") }
      }
      guard clock.now < deadline else { throw RecordingFailure("\(what): \(frames) frames, \(told)") }
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  func take(frames wanted: Int) async throws {
    try await take(until: { $0.frames >= wanted })
  }

  /// Stops it and takes the rest.
  func finish() async throws {
    thread.stop()
    try await take("stopping", until: { $0.isOver })
  }
}

struct RecordingFailure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

extension CaptureOptions {
  /// For a machine that is busy with many tests: no overrun but those asked for.
  static var patient: CaptureOptions {
    var options = CaptureOptions()
    options.deviceBuffer = .milliseconds(1200)
    options.ringBuffer = .seconds(60)
    return options
  }
}
