import Audio
import Capture
import SpeechClient

extension AudioFile {
  /// How long the file is, as far as that is known.
  var lengthText: String {
    switch length {
    case .exact: (seconds ?? 0).clock()
    case .estimated: "about \((seconds ?? 0).clock(tenths: false))"
    case .unfinished: seconds.map { $0.clock() } ?? "length unknown"
    case .unknown: isPipe ? "as it comes" : "length unknown"
    }
  }

  /// What the header says wrongly, if it says less than there is.
  var unfinishedText: String? {
    guard case .unfinished(_, let stated) = length else { return nil }
    let known =
      stated > 0 ? "its header says only \(ownFormat.seconds(frames: stated).clock())" : "its length was never written"
    return "\(known); everything to the end of the file is sent"
  }
}
