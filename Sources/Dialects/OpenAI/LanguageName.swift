/// Names of languages as OpenAI's API writes them.
enum LanguageName {
  private static let names = [
    "de": "german", "en": "english", "es": "spanish", "fr": "french", "it": "italian", "ja": "japanese",
    "pt": "portuguese", "ru": "russian", "uk": "ukrainian", "zh": "chinese",
  ]

  /// The name of a language in English; the code itself where there is none.
  static func english(_ code: String) -> String {
    let primary = code.prefix { $0 != "-" && $0 != "_" }.lowercased()
    return names[primary] ?? primary
  }
}
