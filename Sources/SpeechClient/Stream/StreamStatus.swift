package import Capture

/// A stream at one moment, as far as a person wants to see it.
package struct StreamStatus: Equatable {
  /// The state of the connection.
  package enum Link: Equatable {
    case connecting
    case connected
    /// Connected again, waiting for the session.
    case resuming
    case stopping
    /// Why the connection was lost, seconds of buffered audio, and seconds to the next attempt.
    case lost(reason: String, spooled: Double, seconds: Double)
    /// Why there is no connection, and seconds to the next attempt.
    case waiting(reason: String, seconds: Double)
  }

  /// The text that may still change, or the last final one if the results are written elsewhere.
  package struct Text: Equatable {
    package var text = ""
    package var isFinal = false
    /// Words at the beginning that will not change.
    package var stableWords = 0

    package init(text: String = "", isFinal: Bool = false, stableWords: Int = 0) {
      self.text = text
      self.isFinal = isFinal
      self.stableWords = stableWords
    }
  }

  /// Audio still to be sent after a connection was lost, or over a slow line.
  package struct Backlog: Equatable {
    package var seconds: Double
    /// What the line carries, and when the stream will be level.
    package var outlook: String?

    package init(seconds: Double, outlook: String? = nil) {
      self.seconds = seconds
      self.outlook = outlook
    }
  }

  package var sent = 0
  package var answered = 0
  /// Time from sending the last answered chunk to its answer.
  package var latency: Duration?
  package var link = Link.connecting
  package var backlog: Backlog?
  /// Overruns, gaps, a lost device.
  package var troubles: [String] = []
  package var caption = Text()
  /// The native format of the device, once it is open.
  package var device: DeviceFormat?

  package init() {}
}
