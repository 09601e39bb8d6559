/// The capabilities of a terminal according to the environment.
struct TerminalTraits: Equatable {
  /// Lines can be redrawn in place.
  var isLive: Bool
  var hasColor: Bool
  var glyphs: Glyphs

  init(isTerminal: Bool, environment: (String) -> String?) {
    let term = environment("TERM") ?? ""
    isLive = isTerminal && !term.isEmpty && term != "dumb"
    // https://no-color.org: set and not empty, with any value.
    hasColor = isLive && (environment("NO_COLOR") ?? "").isEmpty
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environment).first { !$0.isEmpty } ?? ""
    let isUTF8 = ["utf-8", "utf8"].contains { locale.lowercased().contains($0) }
    glyphs = isUTF8 ? .blocks : .ascii
  }
}
