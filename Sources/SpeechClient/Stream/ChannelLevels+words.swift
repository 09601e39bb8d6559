import Audio
import Glibc

extension ChannelLevels {
  /// One line for the user: the level of each channel, and what to do about a mix that loses the voice.
  var words: String {
    let levels = rms.map { $0 < loudest * 0.001 ? "silent" : (20 * log10($0)).fixed(1) }.joined(separator: ", ")
    let best = (rms.firstIndex(of: loudest) ?? 0) + 1
    let remedy = "send one with --channel \(best)"
    var text = "levels of the device's channels: \(levels) dBFS"
    if let canceling {
      text += "; \(canceling.left + 1) and \(canceling.right + 1) cancel each other when they are mixed: \(remedy)"
    } else if !silent.isEmpty {
      let names = silent.map { "\($0 + 1)" }.joined(separator: ", ")
      text += "; \(names) \(silent.count == 1 ? "has" : "have") no sound and make the mix quieter: \(remedy)"
    }
    return text
  }
}
