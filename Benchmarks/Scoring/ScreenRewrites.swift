/// How often words that a reader has seen change before their utterance is final, and with its final text.
public struct ScreenRewrites: Equatable, Sendable {
  /// Words of the final texts.
  public private(set) var words = 0
  /// Words on the screen that were replaced or removed.
  public private(set) var rewritten = 0
  /// The same without changes of case and punctuation alone.
  public private(set) var reworded = 0
  /// Texts shown before the final one.
  public private(set) var partials = 0
  /// Those that ended with the mark of a sentence although the next text went on.
  public private(set) var falseStops = 0

  public init() {}

  /// The texts of one utterance as they were shown, and its final text.
  public mutating func add(shown: [String], final: String) {
    partials += shown.count
    words += Self.words(of: final).count
    for (before, after) in zip(shown, shown.dropFirst() + [final]) {
      let (old, new) = (Self.words(of: before), Self.words(of: after))
      rewritten += Self.changes(old, new)
      reworded += Self.changes(old.map(Self.plain), new.map(Self.plain))
      if let last = before.last, ".!?".contains(last), new.count > old.count { falseStops += 1 }
    }
  }

  public static func + (one: ScreenRewrites, other: ScreenRewrites) -> ScreenRewrites {
    var sum = one
    sum.words += other.words
    sum.rewritten += other.rewritten
    sum.reworded += other.reworded
    sum.partials += other.partials
    sum.falseStops += other.falseStops
    return sum
  }

  /// Places in which the words of a text on the screen are not those of the next: a word that moves is rewritten, too.
  private static func changes(_ old: [String], _ new: [String]) -> Int {
    old.indices.count { $0 >= new.count || new[$0] != old[$0] }
  }

  private static func words(of text: String) -> [String] { text.split(whereSeparator: \.isWhitespace).map(String.init) }
  private static func plain(_ word: String) -> String { word.lowercased().filter { $0.isLetter || $0.isNumber } }
}
