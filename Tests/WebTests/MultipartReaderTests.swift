import Testing

@testable import Web

/// Forms as browsers, curl and SDKs write them.
struct MultipartReaderTests {
  private static let type = "multipart/form-data; boundary=XX"

  /// The parts of a body that comes in pieces of so many bytes.
  private func parts(_ body: String, type: String = type, pieces: Int = .max) throws -> [Part] {
    var reader = try #require(MultipartReader(contentType: type))
    var parts: [Part] = []
    var rest = Array(body.utf8)[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(pieces))
      rest = rest.dropFirst(pieces)
      try piece.withUnsafeBytes { bytes in
        try reader.read(bytes) { event in
          switch event {
          case .part(let name, let filename): parts.append(Part(name: name, filename: filename))
          case .content(let bytes): parts[parts.count - 1].content += String(decoding: bytes, as: UTF8.self)
          }
        }
      }
    }
    #expect(reader.hasEnded)
    return parts
  }

  private struct Part: Equatable {
    var name: String
    var filename: String?
    var content = ""
  }

  @Test(arguments: [1, 2, 3, 7, 50, .max])
  func `a form is read however it is cut`(pieces: Int) throws {
    let body = """
      preamble\r
      --XX\r
      Content-Disposition: form-data; name="model"\r
      \r
      whisper-1\r
      --XX  \r
      content-disposition:form-data;name=file;filename="a \\"b\\"; c.wav"\r
      Content-Type: audio/wav\r
      \r
      RIFF\r
      --XY\r
      -\r\r
      --XX\r
      Content-Disposition: form-data; name="empty"\r
      \r
      \r
      --XX--\r
      epilogue
      """
    #expect(
      try parts(body, pieces: pieces) == [
        Part(name: "model", content: "whisper-1"),
        Part(name: "file", filename: #"a "b"; c.wav"#, content: "RIFF\r\n--XY\r\n-\r"),
        Part(name: "empty"),
      ])
  }

  @Test(arguments: [1, 1000, .max])
  func `as many parts as there may be are read however they are cut`(pieces: Int) throws {
    let part = "--XX \t\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n"
    let form = String(repeating: part, count: 1000) + "--XX--"
    #expect(try parts(form, pieces: pieces) == [Part](repeating: Part(name: "a"), count: 1000))
    #expect(throws: MultipartError.parts(most: 1000)) { try parts(part + form, pieces: pieces) }
  }

  @Test(arguments: [1, 7000, .max])
  func `a head or a boundary that is too long is refused however it is cut`(pieces: Int) throws {
    let head = { (bytes: Int) in "--XX\r\na:\(String(repeating: "b", count: bytes - 8))\r\n\r\n\r\n--XX--" }
    #expect(try parts(head(16 << 10), pieces: pieces) == [Part(name: "")])
    #expect(throws: MultipartError.head(mostBytes: 16 << 10)) { try parts(head(16 << 10 + 1), pieces: pieces) }
    let blanks = { (bytes: Int) in "--XX\(String(repeating: " ", count: bytes - 2))--" }
    #expect(try parts(blanks(16 << 10), pieces: pieces) == [])
    #expect(throws: MultipartError.boundary) { try parts(blanks(16 << 10 + 1), pieces: pieces) }
  }

  @Test func `a boundary may be quoted, and names may be anything`() throws {
    let body =
      "--a b\r\nContent-Disposition: form-data; name=\"имя\"; filename=x; filename*=UTF-8''%D1%8F.wav\r\n\r\n1\r\n--a b--"
    #expect(
      try parts(body, type: #"Multipart/Form-Data; charset=utf-8; Boundary="a b""#) == [
        Part(name: "имя", filename: "UTF-8''%D1%8F.wav", content: "1")
      ])
    #expect(try parts("--XX\r\n\r\n\r\nno head\r\n--XX--") == [Part(name: "", content: "\r\nno head")])
  }

  @Test(
    arguments: [
      "", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=a",
      "multipart/form-data; boundary=\(String(repeating: "a", count: 71))",
    ])
  func `another type, or none, is no form`(type: String) {
    #expect(MultipartReader(contentType: type) == nil)
  }

  @Test func `what is no form is refused`() throws {
    #expect(throws: MultipartError.boundary) { try parts("--XXjunk\r\n") }
    #expect(throws: MultipartError.parts(most: 1000)) {
      try parts(String(repeating: "--XX\r\n\r\n\r\n\r\n", count: 1001))
    }
    #expect(throws: MultipartError.head(mostBytes: 16 << 10)) {
      try parts("--XX\r\nname: \(String(repeating: "a", count: 20_000))")
    }
  }
}
