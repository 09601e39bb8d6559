import Audio
import Capture
import Glibc
import Support
import Testing

@testable import Client
@testable import SpeechClient

struct CalendarDayTests {
  @Test func `days are counted over leap years, and read as they are written`() {
    #expect(CalendarDay(year: 1970, month: 1, day: 1).number == 0)
    #expect(CalendarDay(year: 2000, month: 3, day: 1).number == 11_017)
    #expect(CalendarDay(year: 2026, month: 11, day: 30).number == 20_787)
    for (one, next) in [
      ("2024-02-28", "2024-02-29"), ("2024-02-29", "2024-03-01"), ("2100-02-28", "2100-03-01"),
      ("2026-12-31", "2027-01-01"),
    ] {
      #expect(CalendarDay(one).map(\.number) == CalendarDay(next).map { $0.number - 1 })
      #expect(CalendarDay(one)?.text == one)
    }
    for text in ["", "2026-1-01", "2026-13-01", "2026-11-32", "2026-11-30 ", "+026-11-30", "2026_11_30", "２０２６-11-30"] {
      #expect(CalendarDay(text) == nil, "\(text)")
    }
  }

  @Test func `a moment has a clock and a rest of its hour`() {
    let time = LocalTime(day: CalendarDay(year: 2026, month: 11, day: 30), hour: 4, minute: 5, second: 9)
    #expect(time.clock == "04:05:09")
    #expect(time.secondsLeftOfHour == 3_291)
    #expect(RecorderNames.texts(of: time.day) == "2026-11-30.txt")
    #expect(RecorderNames.sound(from: time) == "2026-11-30T04-05-09.flac")
    #expect(RecorderNames.sound(from: time, number: 2) == "2026-11-30T04-05-09_2.flac")
  }
}

struct RecorderNamesTests {
  @Test func `only what is named like the recorder's files has a day`() {
    for name in ["2026-11-30.txt", "2026-11-30T04-05-09.flac", "2026-11-30T04-05-09_2.flac"] {
      #expect(RecorderNames.day(of: name)?.text == "2026-11-30")
    }
    for name in [
      "notes.txt", "2026-11-30.txt~", "2026-11-30.md", "x2026-11-30.txt", "2026-11-30T.txt",
      "2026-11-30Talk.flac", "2026-11-30T04-05-09.wav", "2026-11-30/../a.txt", "2026-11-30T/../x.flac",
    ] {
      #expect(RecorderNames.day(of: name) == nil, "\(name)")
    }
  }

  @Test func `files from more than so many days ago are too old`() {
    let names = [
      "2026-10-30.txt", "2026-10-31.txt", "2026-10-30T23-00-00.flac", "2026-11-30.txt", "2027-01-01.txt", "a",
    ]
    let today = CalendarDay(year: 2026, month: 11, day: 30)
    #expect(
      RecorderNames.tooOld(names, today: today, keepDays: 30) == ["2026-10-30.txt", "2026-10-30T23-00-00.flac"])
  }
}

@Suite struct RecorderFilesTests {
  private let place: TemporaryFolder
  private let folder: RecorderFolder
  private var files: [String] { TextFile.names(in: folder.path).filter { !$0.hasPrefix(".") }.sorted() }
  private func text(_ name: String) -> String? { TextFile.read(folder.path(of: name)) }

  init() throws {
    place = try TemporaryFolder()
    folder = try RecorderFolder(path: "\(place.path)/deep/folder")
  }

  private func permissions(_ path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  /// Seconds since 1970 of a moment in the zone of this machine.
  private func seconds(_ hour: Int, _ minute: Int, _ second: Int, day: Int = 30) -> Int {
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (126, 10, Int32(day))
    (parts.tm_hour, parts.tm_min, parts.tm_sec, parts.tm_isdst) = (Int32(hour), Int32(minute), Int32(second), -1)
    return mktime(&parts)
  }

  @Test func `each text stands in the file of the day on which it was begun, with its time`() {
    let texts = DayTexts(folder) { Issue.record("\($0)") }
    let midnight = Double(seconds(0, 0, 0))
    // A minute after midnight, and 100 s into the recording, which began 40 s before midnight.
    let captions = [
      Caption(text: "Yesterday.", start: 10, end: 12), Caption(text: "Today,\nlate.", start: 45, end: 50),
      Caption(text: "Now."),
    ]
    texts.write(captions, position: 100, now: midnight + 60)
    #expect(files == ["2026-11-29.txt", "2026-11-30.txt"])
    #expect(text("2026-11-29.txt") == "23:59:30 Yesterday.\n")
    #expect(text("2026-11-30.txt") == "00:00:05 Today, late.\n00:01:00 Now.\n")
    #expect(permissions(folder.path(of: "2026-11-30.txt")) == 0o600)
    #expect(permissions(folder.path) == 0o700)
    #expect(texts.isWhole)
  }

  @Test func `what cannot be written is kept, told once, and written later`() throws {
    var reports: [String] = []
    let texts = DayTexts(folder) { reports.append($0) }
    let time = LocalTime(seconds(10, 0, 0))
    mkdir(folder.path(of: "2026-11-30.txt"), 0o700)
    texts.write("one", at: time)
    texts.write("two", at: time)
    #expect(reports.count == 1)
    #expect(reports.first?.contains("2026-11-30.txt: ") == true)
    #expect(!texts.isWhole)
    rmdir(folder.path(of: "2026-11-30.txt"))
    texts.write("three", at: time)
    #expect(text("2026-11-30.txt") == "10:00:00 one\n10:00:00 two\n10:00:00 three\n")
    #expect(reports.last == "texts are written again")
    #expect(texts.isWhole)
  }

  @Test func `a link to somewhere else is not followed`() throws {
    let other = try place.file("other.txt", "mine\n".utf8)
    symlink(other, folder.path(of: "2026-11-30.txt"))
    var reports = 0
    DayTexts(folder) { _ in reports += 1 }.write("secret", at: LocalTime(seconds(10, 0, 0)))
    #expect(reports == 1)
    #expect(TextFile.read(other) == "mine\n")
  }

  @Test func `old files of the recorder's own go, and nobody else's`() throws {
    let texts = DayTexts(folder) { Issue.record("\($0)") }
    for day in [1, 2, 3, 30] { texts.write("words", at: LocalTime(seconds(10, 0, 0, day: day))) }
    for name in ["2026-10-01.txt", "2026-10-01T10-00-00.flac", "notes.txt"] {
      try TextFile.write("a person's".utf8, to: folder.path(of: name))
    }
    // The recorder is started again.
    let again = try RecorderFolder(path: folder.path)
    #expect(again.delete(olderThan: 28, today: CalendarDay(year: 2026, month: 11, day: 30)) == [])
    #expect(
      files == [
        "2026-10-01.txt", "2026-10-01T10-00-00.flac", "2026-11-02.txt", "2026-11-03.txt", "2026-11-30.txt",
        "notes.txt",
      ])
    let third = try RecorderFolder(path: folder.path)
    #expect(third.delete(olderThan: 1, today: CalendarDay(year: 2026, month: 12, day: 1)) == [])
    #expect(files.filter { $0.hasPrefix("2026-11") } == ["2026-11-30.txt"])
  }

  @Test func `a file that somebody made first is not the recorder's, though it is written on`() throws {
    try TextFile.write("a person's\n".utf8, to: folder.path(of: "2026-11-01.txt"))
    DayTexts(folder) { Issue.record("\($0)") }.write("words", at: LocalTime(seconds(10, 0, 0, day: 1)))
    #expect(folder.delete(olderThan: 1, today: CalendarDay(year: 2026, month: 11, day: 30)) == [])
    #expect(text("2026-11-01.txt") == "a person's\n10:00:00 words\n")
  }

  @Test func `the sound has a file an hour, and what is lost is silence there`() throws {
    var now = seconds(9, 59, 58)
    let sound = HourlySound(folder, format: .standard, clock: { now }, report: { Issue.record("\($0)") })
    let second = [UInt8](repeating: 1, count: 32_000)
    for _ in 0..<2 {
      second.withUnsafeBytes { sound.keep($0) }
      now += 1
    }
    // Ten o'clock.
    second.withUnsafeBytes { sound.keep($0) }
    sound.skip(frames: 16_000)
    #expect(files == ["2026-11-30T09-59-58.flac", "2026-11-30T10-00-00.flac"])
    sound.finish()
    for name in files {
      let file = try AudioFile(path: folder.path(of: name))
      #expect(file.seconds == 2)
      #expect(permissions(folder.path(of: name)) == 0o600)
    }
    // Another recorder in the same second.
    let other = HourlySound(
      folder, format: .standard, clock: { seconds(10, 0, 0) }, report: { Issue.record("\($0)") })
    second.withUnsafeBytes { other.keep($0) }
    #expect(files.last == "2026-11-30T10-00-00_2.flac")
  }
}
