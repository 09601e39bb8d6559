/// The words of a text as scoring sees them: lower case, no marks but the apostrophe inside a word, hyphens part words,
/// titles and numbers up to twenty written out.
public enum ScoredWords {
  public static func words(in text: String) -> [String] {
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
