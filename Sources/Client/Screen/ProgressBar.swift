/// The progress of a file as one line: bar, percentage, position, remaining time and rate.
struct ProgressBar: Equatable {
  var title: String
  /// Seconds of audio sent, and in total.
  var position: Double
  var total: Double
  /// Seconds since the first chunk.
  var elapsed: Double
  var glyphs: Glyphs

  private var part: Double { total > 0 ? min(1, position / total) : 1 }

  /// The last fields are the first to go when there is little room.
  func line(width: Int) -> StyledLine {
    let percent = "\((part * 100).fixed(0)) %"
    var fields = [String(repeating: " ", count: 5 - percent.count) + percent]
    fields.append("\(position.clock(tenths: false))/\(total.clock(tenths: false))")
    if elapsed > 0.5, position > 0 {
      let rate = position / elapsed
      fields.append("\((total - position).clockLeft(at: rate)) left")
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
    if room >= shortest {
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
