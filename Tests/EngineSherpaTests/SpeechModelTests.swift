import Support
import Testing

@testable import EngineSherpa

@Suite struct SpeechModelTests {
  private func problem(_ text: String) -> String? {
    do {
      _ = try SpeechModel(parsing: text.utf8)
      return nil
    } catch { return error.text }
  }

  @Test func `a description is read`() throws {
    let model = try SpeechModel(
      parsing: """
        {"type": "moonshine", "language": "en", "sample_rate": 16000, "bytes": {"e.ort": 12}, "licence": "MIT",
         "files": {"encoder": "e.ort", "merged_decoder": "d.ort", "tokens": "tokens.txt"}}
        """.utf8)
    #expect(model.kind == .moonshine)
    #expect(model.language == "en")
    #expect(model.sampleRate == 16_000)
    #expect(model.files["merged_decoder"] == "d.ort")
    #expect(model.bytes == ["e.ort": 12])
    #expect(!model.kind.isStreaming)
  }

  @Test(arguments: [
    ("whisper", ["encoder", "decoder", "tokens"]), ("transducer", ["encoder", "decoder", "joiner", "tokens"]),
    ("nemo_transducer", ["encoder", "decoder", "joiner", "tokens"]), ("sense_voice", ["model", "tokens"]),
    ("zipformer", ["encoder", "decoder", "joiner", "tokens"]), ("silero_vad", ["model"]),
    ("moonshine", ["preprocessor", "encoder", "uncached_decoder", "cached_decoder", "tokens"]),
  ])
  func `every type has its files`(_ type: String, _ roles: [String]) throws {
    func text(_ roles: some Sequence<String>) -> String {
      let files = roles.map { "\"\($0)\":\"\($0).onnx\"" }.joined(separator: ",")
      return #"{"type":"\#(type)","files":{\#(files)}}"#
    }
    #expect(try SpeechModel(parsing: text(roles).utf8).kind.rawValue == type)
    for role in roles {
      #expect(problem(text(roles.filter { $0 != role }))?.hasSuffix("for type \(type)") == true)
    }
  }

  @Test func `what is wrong is said`() {
    #expect(problem("{")?.hasPrefix("expected JSON") == true)
    #expect(problem("{}")?.hasPrefix("type: expected one of moonshine, whisper") == true)
    #expect(problem(#"{"type":"kaldi"}"#)?.hasSuffix("got \"kaldi\"") == true)
    #expect(
      problem(#"{"type":"silero_vad","files":{"model":"../a.onnx"}}"#)?.contains("the same folder, got \"../a.onnx\"")
        == true)
    #expect(problem(#"{"type":"silero_vad","files":{"model":7}}"#) == "files: unexpected value of \"model\": 7")
    #expect(problem(#"{"type":"silero_vad","files":[]}"#) == "files: expected an object")
    #expect(
      problem(#"{"type":"silero_vad","files":{"model":"a"},"sample_rate":16}"#)?.contains(
        "Hz, for most models 16000, got \"16\"") == true)
  }
}

@Suite struct SpeechModelFolderTests {
  private let folder: TemporaryFolder
  /// ir_version 8, producer "x", a graph of four bytes.
  private static let onnx: [UInt8] = [0x08, 8, 0x12, 1, 0x78, 0x3A, 4, 1, 2, 3, 4]
  private static let ort: [UInt8] = [8, 0, 0, 0, 0x4F, 0x52, 0x54, 0x4D] + [UInt8](repeating: 1, count: 24)
  private static let tokens = Array("a 0\nb 1\n".utf8)

  init() throws {
    folder = try TemporaryFolder()
    _ = try folder.file(
      "model.json",
      #"{"type":"moonshine","files":{"encoder":"e.onnx","merged_decoder":"d.ort","tokens":"t.txt"},"bytes":{"d.ort":32}}"#
        .utf8)
    _ = try folder.file("e.onnx", Self.onnx)
    _ = try folder.file("d.ort", Self.ort)
    _ = try folder.file("t.txt", Self.tokens)
  }

  private func problem() -> String? {
    do {
      _ = try SpeechModelFolder(checking: folder.path)
      return nil
    } catch { return error.description.replacing(folder.path, with: "") }
  }

  @Test func `whole files are let through`() throws {
    #expect(problem() == nil)
    #expect(try SpeechModelFolder(checking: folder.path).file("encoder") == "\(folder.path)/e.onnx")
  }

  @Test(arguments: [
    ("e.onnx", Array(onnx.dropLast()), "/e.onnx is truncated: 10 of 11 bytes"),
    ("e.onnx", onnx + [0x3A], "/e.onnx is no ONNX file, or damaged"),
    ("e.onnx", [0x08, 8], "/e.onnx is no ONNX file, or damaged"),
    ("e.onnx", [], "/e.onnx is no ONNX file, or damaged (it is empty)"),
    ("e.onnx", Array("<html>".utf8), "/e.onnx is no ONNX file, or damaged (it is a web page)"),
    ("e.onnx", Array("version https://git-lfs".utf8), "/e.onnx is no ONNX file, or damaged (it is the pointer"),
    ("d.ort", Array(ort.dropLast()), "/d.ort has 31 bytes, not 32"),
    ("d.ort", [UInt8](repeating: 0, count: 32), "/d.ort is no ORT file"),
    ("t.txt", [], "/t.txt is empty"),
    ("t.txt", Array("a 0\nb 1\nno number\n".utf8), "/t.txt is no list of tokens: line 3"),
    ("t.txt", Array("a 0\nb 1\nc".utf8), "/t.txt does not end with a token's number"),
    ("t.txt", Array("a 0\nb 0\n".utf8), "/t.txt has token 0 twice (line 2)"),
    ("t.txt", Array("a 0\n".utf8), "/t.txt has one token only"),
    ("model.json", Array("{}".utf8), "/model.json: type: expected one of"),
  ])
  func `a file that is not as it must be is named, before the library sees it`(
    _ name: String, _ bytes: [UInt8], _ wanted: String
  ) throws {
    _ = try folder.file(name, bytes)
    #expect(problem()?.hasPrefix(wanted) == true, "\(problem() ?? "no problem")")
  }

  @Test func `a missing file is named, with what to do`() throws {
    try ShellCommand.run("rm '\(folder.path)/e.onnx'")
    #expect(problem()?.hasPrefix("/e.onnx is missing: copy the model again") == true)
    #expect(problem()?.contains("Scripts/setup-speech") == true)
  }

  @Test func `a folder in a file's place is no file`() throws {
    try ShellCommand.run("rm '\(folder.path)/e.onnx'; mkdir '\(folder.path)/e.onnx'")
    #expect(problem()?.hasPrefix("/e.onnx is not a file") == true)
  }
}
