import Glibc

/// A moment as the clock on the wall shows it.
struct LocalTime: Equatable {
  var day: CalendarDay
  var hour: Int
  var minute: Int
  var second: Int

  init(day: CalendarDay, hour: Int, minute: Int, second: Int) {
    (self.day, self.hour, self.minute, self.second) = (day, hour, minute, second)
  }

  /// - Parameter seconds: since 1970, in the zone of this machine.
  init(_ seconds: Int) {
    var seconds = time_t(seconds)
    var parts = tm()
    localtime_r(&seconds, &parts)
    day = CalendarDay(year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday))
    hour = Int(parts.tm_hour)
    minute = Int(parts.tm_min)
    // A leap second is the last of its minute.
    second = min(Int(parts.tm_sec), 59)
  }

  /// `14:05:09`
  var clock: String { text(":") }

  /// `14-05-09`
  func text(_ mark: String) -> String { [hour, minute, second].map { $0.digits(2) }.joined(separator: mark) }

  /// Seconds to the next full hour: 1 to 3600.
  var secondsLeftOfHour: Int { 3600 - minute * 60 - second }
}

/// A day of the Gregorian calendar.
struct CalendarDay: Equatable {
  var year: Int
  var month: Int
  var day: Int

  init(year: Int, month: Int, day: Int) { (self.year, self.month, self.day) = (year, month, day) }

  /// Reads `2026-11-30`, nothing else.
  init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2],
      text.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), (1...12).contains(month),
      (1...31).contains(day)
    else { return nil }
    self.init(year: year, month: month, day: day)
  }

  /// `2026-11-30`
  var text: String { "\(year.digits(4))-\(month.digits(2))-\(day.digits(2))" }

  /// Days since 1970. The year begins in March here, so that a leap day is its last.
  var number: Int {
    let year = month > 2 ? year : year - 1
    let monthFromMarch = (month + 9) % 12
    let century = year / 100
    return 365 * year + year / 4 - century + century / 4 + (153 * monthFromMarch + 2) / 5 + day - 719_469
  }
}

extension Int {
  fileprivate func digits(_ count: Int) -> String {
    let text = String(self)
    return String(repeating: "0", count: Swift.max(0, count - text.utf8.count)) + text
  }
}
