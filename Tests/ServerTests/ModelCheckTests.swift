import CommandLine
import Platform
import Testing

@testable import Server

@Suite struct ModelCheckTests {
  @Test func `a worker's report has the reasons, if there are any`() {
    #expect(ModelCheck(report: #"{"engines":[{"engine":"speech","state":"ready"}]}"#) == ModelCheck())
    let unavailable = #"{"engines":[{"engine":"speech","state":"unavailable","reason":"no such file"}]}"#
    #expect(ModelCheck(report: unavailable) == ModelCheck(problem: "no such file"))
    let models = #"[{"model":"a","state":"ready"},{"model":"b","state":"unavailable","reason":"no file"}]"#
    let check = ModelCheck(report: #"{"engines":[{"engine":"speech","state":"ready","models":\#(models)}]}"#)
    #expect(check.problem == nil)
    #expect(check.modelProblems == ["b": "no file"])
    // Another program's output: the workers will tell.
    for output in ["usage: worker", ""] { #expect(ModelCheck(report: output) == ModelCheck()) }
  }

  @Test func `reasons reach the workers, and models by either flag`() throws {
    let arguments = ["--models", "a, b", "--model", "/m,n", "--language", "ru", "--worker-path", "/bin/sh"]
    var workers = try ServerSettings(Settings(ServerSettings.flags, arguments: arguments, environment: { _ in nil }))
      .workers
    #expect(workers.engines == ["mock", "speech"])
    #expect(workers.models == ["a", "b", "/m,n"])
    let plain = workers.arguments(logLevel: .info, logFormat: .text)
    #expect(plain.suffix(4) == ["--models", "a,b,/m,n", "--language", "ru"])
    workers.modelCheck.problem = "no such file"
    workers.modelCheck.modelProblems = ["b": "bad"]
    #expect(
      workers.arguments(logLevel: .info, logFormat: .text).suffix(4)
        == ["--speech-problem", "no such file", "--model-problems", #"{"b":"bad"}"#])
  }
}
