import Support
import Testing

/// The page in a real Chromium, as a person uses it: Tests/Browser. What takes longer is in Tests/Long.
@Suite struct BrowserTests {
  @Test(.enabled(if: ContractRun.isCI, "only a machine that proves everything must have it"))
  func `the machine that proves everything has a browser`() {
    #expect(BrowserRun.isAvailable, "\(BrowserRun.requirement)")
  }

  @Test(
    .enabled(if: BrowserRun.isAvailable, "\(BrowserRun.requirement)"),
    arguments: try await BrowserRun.cases(group: "quick", withSpeech: false))
  func `the page works in a browser`(_ part: CaseScript.Case) async throws {
    let failure = try await BrowserRun.shared.failure(of: part)
    #expect(failure == nil)
  }

  @Test(
    .enabled(if: BrowserRun.isAvailable, "\(BrowserRun.requirement)"),
    .enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"),
    arguments: try await BrowserRun.cases(group: "quick", withSpeech: true))
  func `what is said is shown, and nothing of it is lost`(_ part: CaseScript.Case) async throws {
    let failure = try await BrowserRun.shared.failure(of: part)
    #expect(failure == nil)
  }
}
