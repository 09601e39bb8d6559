internal import Glibc
import JSON

/// How much is said; each level includes those before it.
enum LogLevel: String, CaseIterable, Comparable {
  case error, warning, info, debug

  /// Compared for every chunk.
  private var rank: Int {
    switch self {
    case .error: 0
    case .warning: 1
    case .info: 2
    case .debug: 3
    }
  }
  static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}

enum LogFormat: String, CaseIterable { case text, json }

/// Lines on stderr: as text `TIME LEVEL MESSAGE key=value …`, as JSON an object with `time`, `level`, `message` and the rest.
struct Log {
  var level: LogLevel
  var format: LogFormat

  typealias Fields = KeyValuePairs<StaticString, JSONValue>

  /// Writes a line if `level` is asked for; `fields` is not evaluated otherwise.
  func write(_ level: LogLevel, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]) {
    guard level <= self.level else { return }
    always(level, message(), fields())
  }

  /// Writes a line whatever is asked for: the one that tells where the server listens.
  func always(_ level: LogLevel, _ message: String, _ fields: Fields = [:]) {
    var line = Self.line(level, message, fields, format: format, time: Self.now())
    line += "\n"
    line.withUTF8 { text in _ = Glibc.write(STDERR_FILENO, text.baseAddress, text.count) }
  }

  static func line(_ level: LogLevel, _ message: String, _ fields: Fields, format: LogFormat, time: String) -> String {
    switch format {
    case .json:
      var object = JSONObject()
      object.add("time", time)
      object.add("level", level.rawValue)
      object.add("message", message)
      for (key, value) in fields { object.add(key, value) }
      return object.text
    case .text:
      let tail = fields.map { key, value in
        let text = value.string.flatMap { $0.contains(where: { $0 == " " || $0 == "\"" || $0.isNewline }) ? nil : $0 }
        return " \(key)=\(text ?? value.text)"
      }
      return "\(time) \(level.rawValue) \(message)\(tail.joined())"
    }
  }

  /// UTC, to the millisecond, as RFC 3339 has it.
  private static func now() -> String {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    var parts = tm()
    gmtime_r(&time.tv_sec, &parts)
    let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 32) { buffer in
      strftime(buffer.baseAddress, 32, "%Y-%m-%dT%H:%M:%S", &parts)
      return buffer.baseAddress.map { String(cString: $0) } ?? ""
    }
    let milliseconds = String(time.tv_nsec / 1_000_000 + 1000).dropFirst()
    return "\(text).\(milliseconds)Z"
  }
}

extension JSONValue {
  static func number(_ value: Int) -> JSONValue { .number(String(value)) }
  static func number(_ value: Double) -> JSONValue { .number(value.description) }
}
