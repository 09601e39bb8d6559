/// Text that Whisper writes where nobody speaks: it learned from subtitles.
enum InventedText {
  /// Credits and farewells of subtitles, as plain words. A text that begins so has nothing else.
  private static let beginnings = [
    "субтитры сделал", "субтитры создавал", "субтитры делал", "субтитры подогнал", "редактор субтитров",
    "субтитры добавил", "sous titres réalisés", "sous titres par", "sous titrage", "untertitel der",
    "untertitel im auftrag", "untertitelung", "subtítulos realizados", "subtítulos por", "sottotitoli creati",
    "sottotitoli e revisione", "sottotitoli a cura", "legendas pela comunidade", "ondertiteling", "ondertitels",
    "napisy stworzone", "subtitles by the amara", "subtitles by", "transcription by castingwords", "字幕",
  ]
  /// Whole texts.
  private static let texts: Set<String> = [
    "продолжение следует", "спасибо за просмотр", "подписывайтесь на канал", "thanks for watching",
    "thank you for watching", "please subscribe", "merci d avoir regardé cette vidéo", "gracias por ver el video",
    "grazie per aver guardato il video", "vielen dank fürs zuschauen", "ご視聴ありがとうございました",
  ]

  /// The text without sounds in brackets, such as `[Музыка]`; empty where all of it is invented.
  static func removed(from text: String) -> String {
    let spoken = withoutSounds(text)
    let plain = spoken.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
    let isInvented = texts.contains(plain) || beginnings.contains { plain == $0 || plain.hasPrefix($0 + " ") }
    return isInvented ? "" : spoken
  }

  private static let brackets: [Character: Character] = ["[": "]", "(": ")", "*": "*", "♪": "♪", "【": "】", "（": "）"]

  private static func withoutSounds(_ text: String) -> String {
    guard text.contains(where: { brackets[$0] != nil }) else { return text }
    var spoken = ""
    var rest = text[...]
    while let first = rest.first {
      if let end = brackets[first] {
        // Without its end it goes on to that of the text.
        let inside = rest.dropFirst()
        rest = inside.firstIndex(of: end).map { inside[inside.index(after: $0)...] } ?? ""
      } else {
        spoken.append(first)
        rest.removeFirst()
      }
    }
    return spoken
  }
}
