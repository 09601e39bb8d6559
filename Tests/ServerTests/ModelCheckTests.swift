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
    #expect(workers.speech.models == ["a", "b", "/m,n"])
    let plain = workers.arguments(logLevel: .info, logFormat: .text)
    #expect(plain.suffix(4) == ["--models", "a,b,/m,n", "--language", "ru"])
    workers.modelCheck.problem = "no such file"
    workers.modelCheck.modelProblems = ["b": "bad"]
    #expect(
      workers.arguments(logLevel: .info, logFormat: .text).suffix(4)
        == ["--speech-problem", "no such file", "--model-problems", #"{"b":"bad"}"#])
  }

  @Test func `each worker has a thread for each of its processors, as far as there is memory for models`() throws {
    func threads(_ processors: Int, _ workers: Int, _ memory: Int) -> Int {
      SpeechSettings.standardThreads(processors: processors, workers: workers, memory: memory)
    }
    #expect(threads(2, 1, 4096) == 2)
    #expect(threads(8, 3, 4096) == 2)
    #expect(threads(2, 4, 4096) == 1)
    #expect(threads(64, 1, 4096) == 8)
    #expect(threads(64, 1, 256) == 1)
    #expect(threads(200, 1, 1 << 20) == 64)
  }

  @Test func `workers with the engine are told how many threads decode, and when models are given back`() throws {
    func arguments(_ given: String...) throws -> [String] {
      try ServerSettings(
        Settings(ServerSettings.flags, arguments: given + ["--worker-path", "/bin/sh"], environment: { _ in nil })
      ).workers.arguments(logLevel: .info, logFormat: .text)
    }
    let three = try arguments("--engine", "speech", "--decode-threads", "3")
    let flag = try #require(three.firstIndex(of: "--decode-threads"))
    #expect(three[flag + 1] == "3")
    #expect(try !arguments().contains("--decode-threads"))
    #expect(three[(flag + 2)...] == ["--model-idle", "300.0"])
    let short = try arguments("--engine", "speech", "--model-idle", "1.5", "--model-memory-mib", "700")
    #expect(short.suffix(4) == ["--model-idle", "1.5", "--model-memory-mib", "700"])
    let problem = #expect(throws: UsageError.self) { try arguments("--engine", "speech", "--decode-threads", "0") }
    #expect(problem?.message.contains("decode-threads: expected an integer from 1 to 64, got \"0\"") == true)
  }
}
