/// Kinds of audio files that are recognized by their first bytes. Samples practically never begin like one: each has
/// four certain bytes or more.
public enum FileKind: String, Sendable, CaseIterable {
  case wave, aiff, au, caf, wave64, flac, ogg, mpeg
  case adts, mp4, matroska, asf, amr, avi, flash, programStream, realMedia
  case wavPack, monkeysAudio, musepack, trueAudio, dsd, voc, nist

  /// The bytes that decide, but for MPEG and ADTS.
  public static let decisiveBytes = 12

  /// These bytes at this offset.
  private struct Part: Sendable {
    let offset: Int
    let bytes: [UInt8]

    static func at(_ offset: Int, _ bytes: [UInt8]) -> Part { Part(offset: offset, bytes: bytes) }
    static func text(_ text: String, at offset: Int = 0) -> Part { Part(offset: offset, bytes: Array(text.utf8)) }

    func matches(_ head: [UInt8]) -> Bool { head.count >= offset + bytes.count && mayMatch(head) }
    func mayMatch(_ head: [UInt8]) -> Bool { bytes.starts(with: head.dropFirst(offset).prefix(bytes.count)) }
  }

  private static let patterns: [(kind: FileKind, parts: [Part])] = [
    (.wave, [.text("RIFF"), .text("WAVE", at: 8)]), (.wave, [.text("RIFX"), .text("WAVE", at: 8)]),
    (.wave, [.text("RF64"), .text("WAVE", at: 8)]), (.wave, [.text("BW64"), .text("WAVE", at: 8)]),
    (.avi, [.text("RIFF"), .text("AVI ", at: 8)]), (.aiff, [.text("FORM"), .text("AIF", at: 8)]),
    (.au, [.text(".snd")]), (.au, [.text("dns.")]), (.caf, [.text("caff"), .at(4, [0, 1])]),
    (.wave64, [.text("riff"), .at(4, [0x2E, 0x91, 0xCF, 0x11])]), (.flac, [.text("fLaC")]), (.ogg, [.text("OggS")]),
    (.mp4, [.at(0, [0, 0]), .text("ftyp", at: 4)]), (.mp4, [.at(0, [0, 0]), .text("moov", at: 4)]),
    (.mp4, [.at(0, [0, 0]), .text("styp", at: 4)]), (.matroska, [.at(0, [0x1A, 0x45, 0xDF, 0xA3])]),
    (.asf, [.at(0, [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11])]), (.amr, [.text("#!AMR")]),
    (.flash, [.text("FLV\u{1}")]), (.programStream, [.at(0, [0, 0, 1, 0xBA])]), (.realMedia, [.text(".RMF")]),
    (.realMedia, [.at(0, [0x2E, 0x72, 0x61, 0xFD])]), (.wavPack, [.text("wvpk")]), (.monkeysAudio, [.text("MAC ")]),
    (.musepack, [.text("MPCK")]), (.musepack, [.text("MP+\u{7}")]), (.trueAudio, [.text("TTA1")]),
    (.dsd, [.text("DSD ")]), (.dsd, [.text("FRM8")]), (.voc, [.text("Creative Voi")]), (.nist, [.text("NIST_1A\n")]),
    (.adts, [.text("ADIF")]),
  ]

  /// The kind of a file with these first bytes; nil if they decide nothing.
  init?(magic bytes: some Collection<UInt8>) {
    let head = Array(bytes.prefix(Self.decisiveBytes))
    guard let found = Self.patterns.first(where: { $0.parts.allSatisfy { $0.matches(head) } }) else { return nil }
    self = found.kind
  }

  /// The kind of a file that begins with `bytes`; nil if that is not certain. MPEG audio and ADTS have no magic: they
  /// begin with two frames.
  public init?(_ bytes: some RandomAccessCollection<UInt8>) {
    if let known = FileKind(magic: bytes) {
      self = known
    } else if let first = MPEGHeader(bytes), let next = MPEGHeader(bytes.dropFirst(first.frameBytes)),
      next.continues(first)
    {
      self = .mpeg
    } else if let first = ADTSHeader(bytes), let next = ADTSHeader(bytes.dropFirst(first.frameBytes)),
      next.continues(first)
    {
      self = .adts
    } else {
      return nil
    }
  }

  /// Whether a file of some kind may begin with these bytes, so that the next ones decide.
  static func mayBegin(_ head: [UInt8]) -> Bool {
    patterns.contains { kind in kind.parts.allSatisfy { $0.mayMatch(head) } }
  }

  /// As people call it.
  public var name: String {
    switch self {
    case .wave: "WAV"
    case .aiff: "AIFF"
    case .au: "AU"
    case .caf: "CAF"
    case .wave64: "W64"
    case .flac: "FLAC"
    case .ogg: "Ogg"
    case .mpeg: "MP3 (MPEG audio)"
    case .adts: "AAC"
    case .mp4: "MP4/M4A"
    case .matroska: "Matroska/WebM"
    case .asf: "ASF/WMA"
    case .amr: "AMR"
    case .avi: "AVI"
    case .flash: "Flash video"
    case .programStream: "MPEG program stream"
    case .realMedia: "RealMedia"
    case .wavPack: "WavPack"
    case .monkeysAudio: "Monkey's Audio"
    case .musepack: "Musepack"
    case .trueAudio: "True Audio"
    case .dsd: "DSD"
    case .voc: "VOC"
    case .nist: "NIST SPHERE"
    }
  }
}

/// An ID3v2 tag, which may come before any file (id3.org, "ID3 tag version 2.4.0").
public enum ID3Tag {
  public static let headerBytes = 10

  /// Bytes of the tag that begins with `bytes`; nil if there is none.
  public static func bytes(_ bytes: some RandomAccessCollection<UInt8>) -> Int? {
    let head = Array(bytes.prefix(headerBytes))
    guard head.count == headerBytes, head.starts(with: "ID3".utf8), (2...4).contains(head[3]), head[4] == 0,
      head[5] & 0x0F == 0, head[6...].allSatisfy({ $0 < 0x80 })
    else { return nil }
    let footer = head[5] & 0x10 == 0 ? 0 : headerBytes
    return headerBytes + head[6...].reduce(0) { $0 << 7 | Int($1) } + footer
  }
}
