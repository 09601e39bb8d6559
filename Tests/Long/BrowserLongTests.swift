import Support
import Testing

/// The page's whole matrix: faults one after the other, Firefox, sound servers that stall, and accessibility by axe.
/// The quick part is in Tests/Service.
@Suite(
  .enabled(if: LongForm.isWanted, "only with make test-long"),
  .enabled(if: BrowserRun.isLongAvailable, "\(BrowserRun.longRequirement)"))
struct BrowserLongTests {
  @Test(arguments: try await BrowserRun.cases(group: "long", withSpeech: false))
  func `the page works in Chromium, whatever happens`(_ part: CaseScript.Case) async throws {
    let failure = try await BrowserRun.shared.failure(of: part)
    #expect(failure == nil)
  }

  @Test(
    .enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"),
    arguments: try await BrowserRun.cases(group: "long", withSpeech: true))
  func `no fault costs a word in Chromium`(_ part: CaseScript.Case) async throws {
    let failure = try await BrowserRun.shared.failure(of: part)
    #expect(failure == nil)
  }

  @Test(
    .enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"),
    .enabled(if: VirtualMicrophone.isAvailable, "\(VirtualMicrophone.requirement)"),
    arguments: try await BrowserRun.cases(group: "firefox", withSpeech: true))
  func `the page works in Firefox`(_ part: CaseScript.Case) async throws {
    let failure = try await BrowserRun.shared.failure(of: part)
    #expect(failure == nil)
  }

  @Test(
    .enabled(if: SpeechFiles.areExpected, "\(SpeechFiles.reason)"),
    arguments: try await BrowserRun.cases(group: "axe", withSpeech: true))
  func `axe finds no fault with the page while it hears words`(_ part: CaseScript.Case) async throws {
    let failure = try await BrowserRun.shared.failure(of: part)
    #expect(failure == nil)
  }

  @Test(arguments: try await BrowserRun.cases(group: "axe", withSpeech: false))
  func `axe finds no fault with the page`(_ part: CaseScript.Case) async throws {
    let failure = try await BrowserRun.shared.failure(of: part)
    #expect(failure == nil)
  }
}
