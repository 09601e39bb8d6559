import Audio
import Contract
import JSON
import Testing

struct StreamParametersTests {
  private let engines = ["mock", "speech"]

  private func set(_ name: String, to value: String) throws(ParameterError) -> StreamParameters {
    var parameters = StreamParameters(engine: "mock")
    try parameters.set(name, to: value, engines: engines)
    return parameters
  }

  private func start(_ text: String) throws -> StreamParameters {
    var parameters = StreamParameters(engine: "mock")
    try parameters.set(from: try JSONValue(parsing: text), engines: engines)
    return parameters
  }

  @Test func `each parameter changes what it names and nothing else`() throws {
    #expect(try set("sample_rate", to: "48000").format.sampleRate == 48_000)
    #expect(try set("channels", to: "8").format.channels == 8)
    #expect(try set("engine", to: "speech").engine == "speech")
    for code in ["en", "pt-BR", "zh-Hans-CN", "yue", "es-419"] {
      #expect(try set("language", to: code).language == code)
    }
    #expect(try start(#"{"language":"de"}"#).language == "de")
    #expect(try start(#"{"language":null}"#).language == nil)
    #expect(throws: ParameterError.self) { try start(#"{"language":1}"#) }
    for encoding in SampleEncoding.allCases {
      #expect(try set("encoding", to: encoding.rawValue).format.encoding == encoding)
    }
    #expect(try set("token", to: "anything") == StreamParameters(engine: "mock"))
  }

  @Test(arguments: [
    ("sample_rate", "7999"), ("sample_rate", "384001"), ("sample_rate", "16000.5"), ("sample_rate", ""),
    ("sample_rate", "99999999999999999999"), ("channels", "0"), ("channels", "9"), ("channels", "-1"),
    ("channels", "two"), ("encoding", "S16LE"), ("encoding", "mp3"), ("engine", "other"), ("engine", ""),
    ("updates", "1"), ("words", "yes"), ("language", ""), ("language", "e"), ("language", "en_US"), ("language", "en-"),
    ("language", "12"), ("language", "english speakers"), ("language", "en-US-x-abcdefgh-abcdefgh-abcdefgh-"),
  ])
  func `an error names parameter, value and what is allowed`(name: String, value: String) {
    let error = #expect(throws: ParameterError.self) { try set(name, to: value) }
    #expect(error?.parameter == name)
    #expect(error?.description.hasPrefix("\(name): expected ") == true)
    #expect(error?.description.hasSuffix(", got \"\(value)\"") == true)
  }

  @Test func `the errors say the whole range`() {
    #expect(throws: ParameterError(parameter: "channels", value: "9", expected: "an integer from 1 to 8")) {
      try set("channels", to: "9")
    }
    #expect(
      throws: ParameterError(
        parameter: "encoding", value: "x", expected: "one of u8, s16le, s24le, s32le, f32le, mulaw, alaw")
    ) { try set("encoding", to: "x") }
    #expect(throws: ParameterError(parameter: "engine", value: "x", expected: "one of mock, speech")) {
      try set("engine", to: "x")
    }
  }

  @Test func `a start message sets all of it at once`() throws {
    let all = #"{"type":"start","sample_rate":8000,"channels":2,"encoding":"alaw","engine":"speech","more":1}"#
    let wanted = StreamParameters(
      format: AudioFormat(sampleRate: 8000, channels: 2, encoding: .alaw), engine: "speech")
    #expect(try start(all) == wanted)
    #expect(try start(#"{"type":"start"}"#) == StreamParameters(engine: "mock"))
  }

  @Test(arguments: ["44100", "44100.0", "4.41e4", "441E+2", "4410000e-2"])
  func `a whole number is taken however it is written`(digits: String) throws {
    #expect(try set("sample_rate", to: digits).format.sampleRate == 44_100)
    #expect(try start(#"{"sample_rate":\#(digits),"channels":2.0}"#).format.sampleRate == 44_100)
    #expect(throws: ParameterError.self) { try set("sample_rate", to: "0x4000") }
  }

  @Test func `a member of a start message that is null is not given`() throws {
    let text = #"{"sample_rate":null,"channels":2,"encoding":null,"engine":null,"updates":null,"words":null}"#
    #expect(try start(text) == start(#"{"channels":2}"#))
  }

  @Test(arguments: [
    #"{"sample_rate":"16000"}"#, #"{"sample_rate":1e999}"#, #"{"channels":true}"#, #"{"channels":1.5}"#,
    #"{"encoding":16}"#, #"{"engine":["mock"]}"#, #"{"sample_rate":8000,"channels":0}"#,
  ])
  func `a start message with one wrong member changes nothing`(text: String) throws {
    var parameters = StreamParameters(engine: "mock")
    let value = try JSONValue(parsing: text)
    #expect(throws: ParameterError.self) { try parameters.set(from: value, engines: engines) }
    #expect(parameters == StreamParameters(engine: "mock"))
  }

  @Test func `a long value is repeated only in part`() {
    let error = #expect(throws: ParameterError.self) { try set("encoding", to: String(repeating: "x", count: 5000)) }
    #expect(error.map { $0.description.count < 300 } == true)
  }

  @Test func `a sample encoding has a code of its own and is found by it`() {
    for encoding in SampleEncoding.allCases + [.s24in32le] { #expect(SampleEncoding(code: encoding.code) == encoding) }
    #expect(SampleEncoding(code: 0) == nil)
    #expect(SampleEncoding(code: 9) == nil)
    #expect(Set(SampleEncoding.allCases.map(\.code)).count == SampleEncoding.allCases.count)
  }
}
