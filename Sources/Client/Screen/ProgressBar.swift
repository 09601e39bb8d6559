import Platform
import SpeechClient

/// The progress of a file as one line: bar, percentage, position, remaining time and rate. If nobody knows how long the
/// file is: position and rate.
struct ProgressBar: Equatable {
  var title: String
  /// Seconds of audio sent, and in total if that is known.
  var position: Double
  var total: Double?
  /// Seconds since the first chunk.
  var elapsed: Double
  var glyphs: Glyphs

  /// The total, unless it was an estimate that was too low.
  private var trueTotal: Double? { total.flatMap { position <= $0 ? $0 : nil } }

  /// The last fields are the first to go when there is little room.
  func line(width: Int) -> StyledLine {
    let part = trueTotal.map { $0 > 0 ? position / $0 : 1 }
    var fields: [String] = []
    if let part {
      let percent = "\((part * 100).fixed(0)) %"
      fields.append(String(repeating: " ", count: 5 - percent.count) + percent)
    }
    fields.append(position.clock(tenths: false) + (trueTotal.map { "/\($0.clock(tenths: false))" } ?? ""))
    if elapsed > 0.5, position > 0 {
      let rate = position / elapsed
      if let trueTotal { fields.append("\((trueTotal - position).clockLeft(at: rate)) left") }
      fields.append("\(rate.fixed(rate < 10 ? 1 : 0))\(glyphs.times)")
    }
    let shortest = 6
    while fields.count > 1, fields.joined(separator: "  ").count + shortest + 4 > width { fields.removeLast() }
    let tail = fields.joined(separator: "  ")
    var room = width - tail.count - 3
    var line = StyledLine()
    if room >= 24 {
      let name = TextCells.cut(TextCells.plain(title), to: room / 3, ellipsis: glyphs.ellipsis) + " "
      line.append(name)
      room -= TextCells.width(of: name)
    }
    if room >= shortest, let part {
      line.append(glyphs.left, .dim)
      line.append(glyphs.bar(part, cells: room), .good)
      line.append(glyphs.right, .dim)
      line.append(" ")
    }
    line.append(tail)
    return line.cut(to: width, ellipsis: glyphs.ellipsis)
  }
}

extension Double {
  fileprivate func clockLeft(at rate: Double) -> String { (self / rate + 0.999).clock(tenths: false) }
}
