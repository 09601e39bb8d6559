/// Decides the names of a permanent recorder's files, and which of them are too old.
enum RecorderNames {
  /// The ending of files with sound: lossless, and readable as far as it was written.
  private static let ending = "flac"

  /// `2026-11-30.txt`: the texts of a day.
  static func texts(of day: CalendarDay) -> String { day.text + ".txt" }

  /// `2026-11-30T14-05-09.flac`: the sound from that moment on.
  /// - Parameter number: above 1 if the name is taken, as when clocks are set back.
  static func sound(from time: LocalTime, number: Int = 1) -> String {
    "\(time.day.text)T\(time.text("-"))\(number > 1 ? "_\(number)" : "").\(ending)"
  }

  /// The day of a file with such a name. Nil: the recorder has not named it.
  static func day(of name: String) -> CalendarDay? {
    let date = name.prefix(10)
    guard let day = CalendarDay(date) else { return nil }
    let rest = name.dropFirst(date.count)
    if rest == ".txt" { return day }
    let marks: Set<Character> = ["T", "-", "_"]
    guard rest.hasPrefix("T"), rest.hasSuffix("." + ending),
      rest.dropLast(ending.count + 1).allSatisfy({ marks.contains($0) || ("0"..."9").contains($0) })
    else { return nil }
    return day
  }

  /// Of these names those of files from more than `keepDays` days before today.
  static func tooOld(_ names: some Sequence<String>, today: CalendarDay, keepDays: Int) -> [String] {
    names.filter { name in day(of: name).map { today.number - $0.number > keepDays } ?? false }
  }
}
