import Support
import Testing

@testable import EngineSherpa

@Suite struct PartialTextTests {
  private func texts(_ looks: [String]) -> [String] {
    var partial = PartialText()
    return looks.map { look in
      partial.look(look)
      return partial.text
    }
  }

  @Test func `words on which two looks agree stay`() {
    #expect(
      texts([
        "He was", "He was not an", "He was not an ill", "She was not an ill disposed",
        "He was not an ill disposed young man.", "He was not an ill disposed young man. And",
      ])
        == [
          "He was", "He was not an", "He was not an ill", "He was not an ill disposed",
          "He was not an ill disposed young man", "He was not an ill disposed young man. And",
        ])
  }

  @Test func `the last word of a look may change, as it may be half a word`() {
    #expect(
      texts(["I am dis", "I am disposed", "I am disposed to"]) == ["I am dis", "I am disposed", "I am disposed to"])
  }

  private func texts(_ looks: [(text: String, isCutOff: Bool)]) -> [String] {
    var partial = PartialText()
    return looks.map { look in
      partial.look(look.text, isCutOff: look.isCutOff)
      return partial.text
    }
  }

  @Test func `the last word of a look that ends amid a sound waits for the next, but for the first word`() {
    #expect(texts([("I", true), ("I am dis", true), ("I am disposed", false)]) == ["I", "I am", "I am disposed"])
    // One that is heard twice is whole.
    #expect(texts([("I am dis", true), ("I am dis", true), ("I am", true)]) == ["I am", "I am dis", "I am"])
    // No mark ends the text.
    #expect(texts([("It was.", true), ("It was, of all", true)]) == ["It", "It was, of"])
    #expect(
      texts([("It was", false), ("It was. The", true), ("It was. The best", true)]) == [
        "It was", "It was", "It was. The",
      ])
    #expect(texts([("It was", false), ("It was. The", false), ("It was. A", true)]).last == "It was. A")
    #expect(texts([("one two", true), ("", true), ("...", true)]) == ["one", "one", "one"])
  }

  @Test func `marks and capitals are no difference, and a word keeps those it was shown with`() {
    #expect(
      texts(["So well then", "so, well, then we", "So: Well now we"]) == [
        "So well then", "So well then we", "So well then we",
      ])
    #expect(
      texts(["Well, he", "well he Said", "Well, he said that"]) == ["Well, he", "Well, he Said", "Well, he Said that"])
  }

  @Test func `the mark behind the newest word waits for the next one`() {
    #expect(
      texts(["It was.", "It was the best.", "It was the best, of all."]) == [
        "It was", "It was the best", "It was the best, of all",
      ])
    #expect(texts(["Mr.", "Mr. John"]) == ["Mr", "Mr. John"])
  }

  @Test func `words that a look adds or loses before the stable ones double and hide nothing`() {
    #expect(
      texts(["one two three four", "one two three four five", "zero one two three four five six"]).last
        == "one two three four five six")
    #expect(
      texts(["one two three four", "one two three four five", "two three four five six"]).last
        == "one two three four five six")
  }

  @Test func `a look that hears nothing takes nothing back`() {
    #expect(texts(["one two", "", " . "]) == ["one two", "one two", "one two"])
    #expect(texts(["", "..."]) == ["", ""])
  }

  @Test(arguments: Seed.fresh) func `stable words never change, whatever the looks say`(_ seed: Seed) {
    var random = seed.random
    let vocabulary = ["a", "b", "c", "d"]
    for _ in 0..<200 {
      var partial = PartialText()
      for _ in 0..<12 {
        let before = partial.stable
        let look = (0..<Int.random(in: 0...10, using: &random)).map { _ in
          vocabulary.randomElement(using: &random) ?? ""
        }
        partial.look(look.joined(separator: " "), isCutOff: Bool.random(using: &random))
        #expect(partial.stable.starts(with: before))
        #expect(partial.text.hasPrefix(before.map(\.written).joined(separator: " ")))
      }
    }
  }
}
