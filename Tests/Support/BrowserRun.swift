/// Tests/Browser: the page in real browsers, against real servers that the cases start themselves. Each group of cases
/// is run once; each case's result is asked for by name.
public actor BrowserRun {
  public static let shared = BrowserRun()
  public static let isAvailable = CaseScript.hasPython && ShellCommand.has("chromium-headless-shell")
  public static let requirement = "the page's tests need chromium-headless-shell and .deps/python: Scripts/setup"
  public static let isLongAvailable =
    isAvailable && ShellCommand.has("firefox-esr")
    && TextFile.bytes("\(TextFile.repository)/.deps/axe/requirements.txt") != nil
  public static let longRequirement = "the page's long tests need firefox-esr and .deps/axe: Scripts/setup --long"
  private static let script = CaseScript("Tests/Browser/browser.py")

  /// The cases there are, as the script lists them; those that need the engine speech are apart.
  public static func cases(group: String, withSpeech: Bool) async throws -> [CaseScript.Case] {
    CaseScript.hasPython ? try await script.cases(group: group + (withSpeech ? "-speech" : "")) : []
  }

  private var groups: [String: Task<[String: String], any Error>] = [:]

  /// Why the case fails, or nil when it does not.
  public func failure(of one: CaseScript.Case) async throws -> String? {
    let group = String(one.group.prefix { $0 != "-" })
    let run =
      groups[group] ?? Task { try await Self.script.run(["--programs", Program.buildFolder, "--group", group]) }
    groups[group] = run
    let results = try await run.value
    guard let result = results[one.name] else { return "it was not run; those run: \(results.keys.sorted())" }
    return result.isEmpty ? nil : result
  }
}
