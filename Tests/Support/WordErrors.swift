/// How far a text is from what was said: the fewest words to replace, add or remove.
public struct WordErrors: Equatable, Sendable {
  public var errors = 0
  /// Words that were said.
  public var words = 0

  public init() {}

  /// Compares after normalising both.
  public init(_ text: String, said: String) {
    let heard = Self.normalised(text)
    let said = Self.normalised(said)
    var differences = Array(0...heard.count)
    for (taken, word) in said.enumerated() {
      var diagonal = differences[0]
      differences[0] = taken + 1
      for index in heard.indices {
        let replaced = diagonal + (heard[index] == word ? 0 : 1)
        diagonal = differences[index + 1]
        differences[index + 1] = min(replaced, differences[index] + 1, diagonal + 1)
      }
    }
    errors = differences.last ?? 0
    words = said.count
  }

  public var rate: Double { words == 0 ? 0 : Double(errors) / Double(words) }

  public static func + (one: WordErrors, other: WordErrors) -> WordErrors {
    var sum = one
    sum.errors += other.errors
    sum.words += other.words
    return sum
  }

  /// The words of a text as scoring sees them: lower case, no marks but the apostrophe inside a word, hyphens part words,
  /// titles and numbers up to twenty written out.
  public static func normalised(_ text: String) -> [String] {
    let plain = String(text.lowercased().map { $0 == "’" ? "'" : $0 })
    let words = plain.split { !($0.isLetter || $0.isNumber || $0 == "'") }
    return words.compactMap { word in
      let bare = String(word.drop { $0 == "'" }.reversed().drop { $0 == "'" }.reversed())
      return bare.isEmpty ? nil : spelled[bare] ?? bare
    }
  }

  private static let spelled: [String: String] = {
    let numbers = [
      "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
      "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
    ]
    let titles = ["mr": "mister", "mrs": "missus", "dr": "doctor", "st": "saint", "okay": "ok"]
    return numbers.enumerated().reduce(into: titles) { $0["\($1.offset)"] = $1.element }
  }()
}
