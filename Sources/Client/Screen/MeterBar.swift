import SpeechClient

/// A level meter as one line: level, bar with the held peak, peak, clip mark.
struct MeterBar: Equatable {
  /// The left end of the bar: a silent room is below it.
  static let floor = -60.0
  /// Above the first value the level is high, above the second too high.
  static let high = -12.0
  static let tooHigh = -3.0

  var reading: Meter.Reading
  var glyphs: Glyphs

  /// The line in exactly `width` cells, if there are at least twenty. Parts without room are left out, the bar last.
  func line(width: Int) -> StyledLine {
    let unit = width >= 40 ? " dBFS" : ""
    let peakText = width >= 56 ? "  peak \(Self.padded(reading.peak))" : ""
    let clipText = reading.isClipping ? " CLIP" : "     "
    let head = Self.padded(reading.level) + unit + " "
    let cells = width - head.count - 2 - peakText.count - clipText.count
    var line = StyledLine(head)
    guard cells >= 4 else { return line.cut(to: width, ellipsis: glyphs.ellipsis) }
    line.append(glyphs.left, .dim)
    appendBar(cells, to: &line)
    line.append(glyphs.right, .dim)
    line.append(peakText)
    line.append(clipText, .alarm)
    return line
  }

  private static func padded(_ level: Double?) -> String {
    let text = level?.fixed(1) ?? "-inf"
    return String(repeating: " ", count: max(0, 5 - text.count)) + text
  }

  private static func part(_ level: Double) -> Double { min(1, max(0, (level - floor) / -floor)) }

  private func appendBar(_ cells: Int, to line: inout StyledLine) {
    var characters = Array(glyphs.bar(reading.level.map(Self.part) ?? 0, cells: cells))
    var peakCell: Int?
    if let peak = reading.peak, peak > Self.floor {
      let cell = min(cells - 1, Int(Self.part(peak) * Double(cells)))
      if String(characters[cell]) != glyphs.full {
        characters[cell] = Character(glyphs.peak)
        peakCell = cell
      }
    }
    let bounds = [Self.high, Self.tooHigh].map { Int(Self.part($0) * Double(cells)) }
    func style(_ cell: Int) -> StyledLine.Style {
      if cell == peakCell { return cell >= bounds[1] ? .alarm : .plain }
      return cell < bounds[0] ? .good : cell < bounds[1] ? .warning : .alarm
    }
    var first = 0
    for cell in 1...cells where cell == cells || style(cell) != style(first) {
      line.append(String(characters[first..<cell]), style(first))
      first = cell
    }
  }
}
