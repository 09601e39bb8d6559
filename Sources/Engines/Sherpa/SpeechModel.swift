internal import Audio
internal import JSON

/// The contents of a model's `model.json`.
///
/// ```json
/// {"type": "moonshine", "language": "en", "sample_rate": 16000,
///  "files": {"encoder": "encoder_model.ort", "merged_decoder": "decoder_model_merged.ort", "tokens": "tokens.txt"},
///  "bytes": {"encoder_model.ort": 13281600}}
/// ```
/// `bytes` is optional: the files' sizes, to detect truncated ones. Instead of `language`, `languages` lists the codes
/// of all that the model knows.
public struct SpeechModel: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case moonshine, whisper, transducer, zipformer
    case nemoTransducer = "nemo_transducer"
    case senseVoice = "sense_voice"
    /// Detects speech and recognizes none: the model in the folder `vad`.
    case sileroVAD = "silero_vad"

    /// Whether it takes audio piece by piece instead of whole utterances.
    var isStreaming: Bool { self == .zipformer }

    /// Whether each utterance can be decoded in another language.
    var takesLanguage: Bool { self == .whisper }

    /// The roles in `files`: one of these sets.
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
  /// A code like "en"; empty if the model detects the language or knows only one.
  public var language: String
  /// Codes of the languages it knows; empty if it does not say.
  public var languages: [String]
  public var sampleRate: Int
  /// File names by role.
  public var files: [String: String]
  /// Known sizes by file name.
  public var bytes: [String: Int]

  /// Why a text is not a model's description.
  struct Problem: Error, Equatable { var text: String }

  /// Reads the text of a `model.json`.
  init(parsing text: some Sequence<UInt8>) throws(Problem) {
    let json: JSONValue
    do { json = try JSONValue(parsing: text) } catch { throw Problem(text: "expected JSON (\(error))") }

    let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
    guard let name = json["type"]?.string else { throw Problem(text: "type: expected one of \(kinds), got none") }
    guard let kind = Kind(rawValue: name) else {
      throw Problem(text: "type: expected one of \(kinds), got \"\(name)\"")
    }
    self.kind = kind

    language = json["language"]?.string ?? ""
    // SenseVoice's name for whichever is spoken is no language.
    languages = ["", "auto"].contains(language) ? try Self.codes(json["languages"]) : [language]
    sampleRate = json["sample_rate"]?.integer ?? 16_000
    guard AudioFormat.sampleRatesHz.contains(sampleRate) else {
      throw Problem(text: "sample_rate: expected 8000 to 384000 Hz, for most models 16000, got \"\(sampleRate)\"")
    }
    files = try Self.members(json["files"], "files", of: \.string)
    bytes = try Self.members(json["bytes"], "bytes", of: \.integer)
    guard kind.roles.contains(where: { $0.allSatisfy { files[$0] != nil } }) else {
      let sets = kind.roles.map { $0.joined(separator: ", ") }.joined(separator: "; or ")
      throw Problem(text: "files: expected \(sets) for type \(name)")
    }
    if let strange = files.values.first(where: { $0.isEmpty || $0.contains("/") || $0.contains("\0") }) {
      throw Problem(text: "files: expected names of files in the same folder, got \"\(strange)\"")
    }
  }

  private static func codes(_ json: JSONValue?) throws(Problem) -> [String] {
    guard let json else { return [] }
    guard let codes = json.array?.compactMap(\.string), codes.count == json.array?.count,
      codes.allSatisfy({ (2...8).contains($0.utf8.count) && $0.allSatisfy { $0.isASCII && $0.isLowercase } })
    else { throw Problem(text: "languages: expected an array of codes like \"en\", got \(json.text)") }
    return codes
  }

  private static func members<Value>(
    _ json: JSONValue?, _ key: String, of value: (JSONValue) -> Value?
  ) throws(Problem) -> [String: Value] {
    guard let json else { return [:] }
    guard case .object(let members) = json else { throw Problem(text: "\(key): expected an object") }
    var values: [String: Value] = [:]
    for member in members {
      guard let value = value(member.value) else {
        throw Problem(text: "\(key): unexpected value of \"\(member.key)\": \(member.value.text)")
      }
      values[member.key] = value
    }
    return values
  }
}
