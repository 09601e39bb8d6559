import Testing

@testable import EngineSherpa

@Suite struct InventedTextTests {
  @Test(arguments: [
    " Субтитры сделал DimaTorzok", "Субтитры создавал DimaTorzok.", "Продолжение следует...",
    "Редактор субтитров А.Семкин Корректор А.Егорова", "Sous-titres réalisés para la communauté d'Amara.org",
    "Thanks for watching!", "Subtitles by the Amara.org community",
  ])
  func `credits of subtitles are nobody's words`(_ text: String) { #expect(InventedText.removed(from: text).isEmpty) }

  @Test(arguments: [
    ("[Музыка]", ""), (" ♪ la la ♪", " "), ("(laughs) Well.", " Well."), ("*музыка* Да.", " Да."), ("Да [смех", "Да "),
  ])
  func `sounds in brackets are no words`(_ text: String, _ spoken: String) {
    #expect(InventedText.removed(from: text) == spoken)
  }

  @Test(arguments: [
    "Субтитры мне не нужны.", "Спасибо!", "Продолжение следует завтра.", "Thank you.", "Корректор ушёл домой.",
    "Спасибо за внимание!",
  ])
  func `what people say stays`(_ text: String) { #expect(InventedText.removed(from: text) == text) }
}
