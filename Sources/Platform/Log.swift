internal import Glibc
public import JSON

/// Lines on standard error: as text `TIME LEVEL MESSAGE key=value …`, as JSON an object with `time`, `level`, `message`
/// and the fields.
public struct Log: Sendable {
  public var level: LogLevel
  public var format: LogFormat
  /// The program whose lines these are, where several share the output: then each line has it and the process id.
  private var program: String?
  private var isSilent = false

  /// One that writes nothing.
  public static var silent: Log {
    var log = Log(level: .error, format: .text)
    log.isSilent = true
    return log
  }

  public typealias Fields = KeyValuePairs<StaticString, JSONValue>

  public init(level: LogLevel, format: LogFormat, program: String? = nil) {
    self.level = level
    self.format = format
    self.program = program
  }

  /// Writes a line if `level` is asked for; `fields` is not evaluated otherwise.
  public func write(
    _ level: LogLevel, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> Fields = [:]
  ) {
    guard level <= self.level, !isSilent else { return }
    always(level, message(), fields())
  }

  /// Writes a line whatever is asked for: the one that tells where the server listens.
  public func always(_ level: LogLevel, _ message: String, _ fields: Fields = [:]) {
    let dropped = put(level, message, fields)
    if let dropped, dropped > 0 { put(.warning, "log lines dropped: nobody read them", ["lines": .number(dropped)]) }
  }

  @discardableResult
  private func put(_ level: LogLevel, _ message: String, _ fields: Fields) -> Int? {
    var all = fields.map { ($0.key, $0.value) }
    if let program { all += [("program", .string(program)), ("pid", .number(Int(getpid())))] }
    return StandardError.write(Self.line(level, message, all, format: format, time: WallClock.now()))
  }

  static func line(
    _ level: LogLevel, _ message: String, _ fields: [(StaticString, JSONValue)], format: LogFormat, time: String
  ) -> String {
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
}
