/// Codes of languages as clients write them.
public enum LanguageCode {
  /// Stands for whichever language is spoken.
  public static let auto = "auto"

  /// Codes of the same language.
  private static let others = ["cmn": "zh", "nb": "no", "jv": "jw", "fil": "tl", "iw": "he"]

  private static let largestBytes = 35

  /// Whether it can be a code as in BCP 47, or as operating systems write it (`pt_BR`).
  public static func isCode(_ text: String) -> Bool {
    (1...largestBytes).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 45, 48...57, 65...90, 95, 97...122: true
        default: false
        }
      }
  }

  /// The language alone: `pt` of `pt-BR`.
  public static func primary(_ code: String) -> String {
    let primary = code.prefix { $0 != "-" && $0 != "_" }.lowercased()
    return others[primary] ?? primary
  }
}
