import Testing

@testable import Worker

@Suite struct ModelProbeTests {
  private func verdict(_ status: Int32, _ said: String) -> String? {
    ModelProbe.verdict(model: "/m", status: status, output: said)
  }

  @Test func `a probe that loads the model, or fails in good order, says nothing`() {
    #expect(verdict(0, "a warning\n") == nil)
    #expect(verdict(1 << 8, "no recogniser\n") == nil)
  }

  @Test func `the library's last words are told without the path where it was built`() {
    let said = "loading\n/built/here/csrc/whisper.cc:InitEncoder:355 'n_mels' does not exist in the metadata\n"
    #expect(
      verdict(255 << 8, said)
        == "sherpa-onnx ends the process on the model in /m (whisper.cc:InitEncoder:355 'n_mels' does not exist in the "
        + "metadata): check type and files in model.json, or start without it to use those that Scripts/setup-speech "
        + "installs")
  }

  @Test func `a model that is loaded and can't decode is told with the library's reason`() {
    let said = "/built/here/whisper.h:136 \n\nCaught exception:\n\nUnexpected input\n\nReturn an empty result.\n"
    let told = verdict(0, said)
    #expect(told?.hasPrefix("sherpa-onnx cannot decode with the model in /m (Unexpected input): check type") == true)
    #expect(verdict(0, "Caught exception:")?.contains("(no message)") == true)
  }

  @Test func `a crash no message is told, and long words are cut`() {
    #expect(verdict(11, "")?.contains("(no message)") == true)
    #expect(verdict(6, String(repeating: "x", count: 10_000)).map { (350...420).contains($0.count) } == true)
  }
}
