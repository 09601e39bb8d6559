import CommandLine
import Platform
import Testing

@testable import Server

@Suite struct ModelCheckTests {
  @Test func `a worker's report has the reason, if there is one`() {
    let ready = #"{"engines":[{"engine":"speech","state":"ready"}]}"#
    #expect(ModelCheck.problem(in: ready) == nil)
    let unavailable = #"{"engines":[{"engine":"speech","state":"unavailable","reason":"no such file"}]}"#
    #expect(ModelCheck.problem(in: unavailable) == "no such file")
    // Another program's output: the workers will tell.
    #expect(ModelCheck.problem(in: "usage: worker") == nil)
    #expect(ModelCheck.problem(in: "") == nil)
  }

  @Test func `a reason reaches the workers`() throws {
    let arguments = ["--model", "/m", "--worker-path", "/bin/sh"]
    var workers = try ServerSettings(Settings(ServerSettings.flags, arguments: arguments, environment: { _ in nil }))
      .workers
    #expect(!workers.arguments(logLevel: .info, logFormat: .text).contains("--model-problem"))
    workers.modelProblem = "no such file"
    #expect(workers.arguments(logLevel: .info, logFormat: .text).suffix(2) == ["--model-problem", "no such file"])
  }
}
