internal import Audio
internal import JSON

/// What a folder's `model.json` says of the model in it.
///
/// ```json
/// {"type": "moonshine", "language": "en", "sample_rate": 16000,
///  "files": {"encoder": "encoder_model.ort", "merged_decoder": "decoder_model_merged.ort", "tokens": "tokens.txt"},
///  "bytes": {"encoder_model.ort": 13281600}}
/// ```
/// `bytes`, which may be left out, are the files' sizes, by which a truncated one is known.
public struct SpeechModel: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case moonshine, whisper, transducer, zipformer
    case nemoTransducer = "nemo_transducer"
    case senseVoice = "sense_voice"
    /// Finds speech, recognises none: the one in the folder `vad`.
    case sileroVAD = "silero_vad"

    /// True: takes sound bit by bit. False: takes whole utterances.
    var isStreaming: Bool { self == .zipformer }

    /// What the type's files are called in `files`: one of these sets.
    var roles: [[String]] {
      switch self {
      case .moonshine:
        [
          ["encoder", "merged_decoder", "tokens"],
          ["preprocessor", "encoder", "uncached_decoder", "cached_decoder", "tokens"],
        ]
      case .whisper: [["encoder", "decoder", "tokens"]]
      case .transducer, .nemoTransducer, .zipformer: [["encoder", "decoder", "joiner", "tokens"]]
      case .senseVoice: [["model", "tokens"]]
      case .sileroVAD: [["model"]]
      }
    }
  }

  public var kind: Kind
  /// As the model knows it: "en"; empty when it finds out itself or knows only one.
  public var language: String
  public var sampleRate: Int
  /// File names by role.
  public var files: [String: String]
  /// Sizes by file name, of those that are known.
  public var bytes: [String: Int]

  /// Why a text does not describe a model.
  struct Problem: Error, Equatable { var text: String }

  /// Reads the text of a `model.json`.
  init(parsing text: some Sequence<UInt8>) throws(Problem) {
    let json: JSONValue
    do { json = try JSONValue(parsing: text) } catch { throw Problem(text: "no JSON (\(error))") }

    let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
    guard let name = json["type"]?.string else { throw Problem(text: "\"type\" is missing: one of \(kinds)") }
    guard let kind = Kind(rawValue: name) else { throw Problem(text: "\"type\" is \(name): only \(kinds) are known") }
    self.kind = kind

    language = json["language"]?.string ?? ""
    sampleRate = json["sample_rate"]?.integer ?? 16_000
    guard AudioFormat.sampleRatesHz.contains(sampleRate) else {
      throw Problem(text: "\"sample_rate\" is \(sampleRate): it is in Hz, and of nearly all models 16000")
    }
    files = try Self.members(json["files"], "files", of: \.string)
    bytes = try Self.members(json["bytes"], "bytes", of: \.integer)
    guard kind.roles.contains(where: { $0.allSatisfy { files[$0] != nil } }) else {
      let sets = kind.roles.map { $0.joined(separator: ", ") }.joined(separator: "; or ")
      throw Problem(text: "\"files\" must name, for type \(name): \(sets)")
    }
    if let strange = files.values.first(where: { $0.isEmpty || $0.contains("/") || $0.contains("\0") }) {
      throw Problem(text: "\"files\" names \"\(strange)\": only files of the same folder can be named")
    }
  }

  private static func members<Value>(
    _ json: JSONValue?, _ key: String, of value: (JSONValue) -> Value?
  ) throws(Problem) -> [String: Value] {
    guard let json else { return [:] }
    guard case .object(let members) = json else { throw Problem(text: "\"\(key)\" is no object") }
    var values: [String: Value] = [:]
    for member in members {
      guard let value = value(member.value) else {
        throw Problem(text: "\"\(key)\": \"\(member.key)\" is \(member.value.text)")
      }
      values[member.key] = value
    }
    return values
  }
}
