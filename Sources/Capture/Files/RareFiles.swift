/// Reads the lengths in the headers of kinds that few people have. libsndfile decodes them and does not compare.
enum RareFiles {
  private static let nistHeaderBytes = 1024
  private static let chunks = 1000
  /// libsndfile writes a size of the last element that is a little too large.
  private static let slack = 64

  /// How files begin of the kinds that only libsndfile knows, which seeks in them.
  private static let beginnings: [[UInt8]] =
    ["FORM", " paf", "fap ", "PVF1", "2BIT", "ALawSoundFil", "MATLAB 5", "Extended Ins"].map { Array($0.utf8) }
    + [
      [0xF0, 0x7E], [1, 4], [0x64, 0xA3], [0, 0, 0xA3, 0x64], [0, 1, 0xA3, 0x64], [0, 2, 0xA3, 0x64],
      [0, 3, 0xA3, 0x64],
    ]
    + [[0, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0x03, 0xE8, 0, 0, 0, 1]]

  /// Whether a file that begins so may be one.
  static func begins(_ head: [UInt8]) -> Bool { beginnings.contains { head.starts(with: $0) } }

  /// What the header states, and where the sound begins.
  static func promise(_ file: FileContents) -> (promise: FilePart.Promise, soundStart: Int) {
    let head = file[0, 8]
    func begins(_ text: String) -> Bool { head.starts(with: text.utf8) }
    if begins("NIST_1A") { return frames(nist(file)) }
    if begins("FORM") { return body(file) }
    if begins("2BIT") { return frames(file.number(at: 26, bytes: 4, bigEndian: true)) }
    if begins("ALawSoun") { return bytes(file.number(at: 18, bytes: 4, bigEndian: true), from: 32) }
    if begins("MATLAB 5") { return matrices(file) }
    if head.starts(with: [1, 4]) { return frames(file.number(at: 30, bytes: 4, bigEndian: false)) }
    if head.starts(with: [0, 0, 0, 0, 1, 0, 0, 0]) { return matrix(file, bigEndian: false) }
    if head.starts(with: [0, 0, 0x03, 0xE8, 0, 0, 0, 1]) { return matrix(file, bigEndian: true) }
    return (.none, 0)
  }

  private static func frames(_ count: Int?) -> (FilePart.Promise, Int) {
    (count.flatMap { $0 > 0 ? .frames($0) : nil } ?? .none, 0)
  }

  private static func bytes(_ count: Int?, from start: Int) -> (FilePart.Promise, Int) {
    (count.flatMap { $0 > 0 ? .bytes($0) : nil } ?? .none, start)
  }

  /// NIST SPHERE: lines of text, among them `sample_count -i 32000`.
  private static func nist(_ file: FileContents) -> Int? {
    let lines = file[0, nistHeaderBytes].split(separator: UInt8(ascii: "\n"))
    let line = lines.first { $0.starts(with: "sample_count ".utf8) }
    let number = line.flatMap { $0.split(separator: UInt8(ascii: " ")).last }
    return number.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
  }

  /// Amiga's 8SVX: chunks as in AIFF.
  private static func body(_ file: FileContents) -> (FilePart.Promise, Int) {
    var position = 12
    for _ in 0..<chunks {
      guard let size = file.number(at: position + 4, bytes: 4, bigEndian: true) else { break }
      if file.name(at: position) == "BODY" { return bytes(size, from: position + 8) }
      position += 8 + size + size % 2
    }
    return (.none, 0)
  }

  /// MATLAB 4: a matrix with the rate, then one with the samples. Each begins with five numbers and its name.
  private static func matrix(_ file: FileContents, bigEndian: Bool) -> (FilePart.Promise, Int) {
    let rate = file.number(at: 16, bytes: 4, bigEndian: bigEndian) ?? 0
    return frames(file.number(at: 20 + rate + 8 + 8, bytes: 4, bigEndian: bigEndian))
  }

  /// MATLAB 5: elements with a type and a size, the last one with the samples.
  private static func matrices(_ file: FileContents) -> (FilePart.Promise, Int) {
    let bigEndian = file[126, 2].elementsEqual("MI".utf8)
    var position = 128
    for _ in 0..<chunks {
      guard let end = file.end, position < end,
        let size = file.number(at: position + 4, bytes: 4, bigEndian: bigEndian)
      else { break }
      if position + 8 + size > end + slack { return bytes(size, from: position + 8) }
      position += 8 + size
    }
    return (.none, 0)
  }
}
