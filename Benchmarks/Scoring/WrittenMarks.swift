/// Faults in how texts are written that word errors do not count.
public struct WrittenMarks: Equatable, Sendable {
  /// Marks that stand twice: `,,` or `. .`
  public private(set) var doubled = 0
  /// Words in lower case after the end of a sentence.
  public private(set) var small = 0

  public init() {}

  public mutating func add(_ text: String) {
    var marks = ""
    var isSpaced = false
    for character in text {
      if character.isWhitespace {
        isSpaced = true
      } else if ",;:.!?".contains(character) {
        marks.append(character)
        isSpaced = false
      } else {
        if isSpaced, let last = marks.last, ".!?".contains(last), character.isLowercase { small += 1 }
        end(&marks)
        isSpaced = false
      }
    }
    end(&marks)
  }

  private mutating func end(_ marks: inout String) {
    // Three dots are one mark.
    if marks != "...", zip(marks, marks.dropFirst()).contains(where: { $0 == $1 }) { doubled += 1 }
    marks = ""
  }
}
