/// What a terminal can do, as the environment says it.
struct TerminalTraits: Equatable {
  /// Lines can be drawn again in place.
  var isLive: Bool
  var hasColor: Bool
  var glyphs: Glyphs

  init(isTerminal: Bool, environment: (String) -> String?) {
    let term = environment("TERM") ?? ""
    isLive = isTerminal && !term.isEmpty && term != "dumb"
    // https://no-color.org: present and not empty, whatever its value.
    hasColor = isLive && (environment("NO_COLOR") ?? "").isEmpty
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environment).first { !$0.isEmpty } ?? ""
    let isUTF8 = ["utf-8", "utf8"].contains { locale.lowercased().contains($0) }
    glyphs = isUTF8 ? .blocks : .ascii
  }
}
