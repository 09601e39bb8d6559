import Audio
import Recognition
import Testing

@testable import WorkerLink

struct WishesTests {
  private func read(_ request: StreamRequest, changing offset: Int? = nil, to byte: UInt8 = 0) throws -> StreamRequest?
  {
    let writer = FrameWriter()
    writer.open(stream: StreamID(gateway: 1, number: 2), request: request, from: Checkpoint(frame: 0))
    var bytes = Array(writer.bytes)
    if let offset { bytes[offset] = byte }
    var reader = FrameReader()
    reader.room().copyBytes(from: bytes)
    reader.commit(bytes.count)
    guard case .open(_, let found, _)? = try reader.nextRequest() else { return nil }
    return found
  }

  @Test(arguments: [
    UtteranceWishes(), UtteranceWishes(partials: false), UtteranceWishes(bounds: true),
    UtteranceWishes(partials: false, bounds: true, silenceMilliseconds: 100),
    UtteranceWishes(silenceMilliseconds: 2000), UtteranceWishes(partials: false, yieldsLength: true),
  ])
  func `wishes arrive as they are, beside the engine's name`(_ wishes: UtteranceWishes) throws {
    let request = StreamRequest(format: .standard, engine: "speech", wantsWords: true, utterances: wishes)
    #expect(try read(request) == request)
  }

  @Test(arguments: [("base", nil), (nil, "ru"), ("base", "auto")] as [(String?, String?)])
  func `a model and a language arrive, with wishes or without`(_ model: String?, _ language: String?) throws {
    for wishes in [UtteranceWishes(), UtteranceWishes(bounds: true)] {
      let request = StreamRequest(
        format: .standard, engine: "speech", model: model, language: language, utterances: wishes)
      #expect(try read(request) == request)
    }
  }

  @Test(arguments: [
    LanguageFinder(), LanguageFinder(newest: .init(language: "ru", end: 1.5)),
    LanguageFinder(language: "yue", newest: .init(language: "en", end: 1e6)),
  ])
  func `what is known of the language arrives`(_ languages: LanguageFinder) throws {
    let writer = FrameWriter()
    let checkpoint = Checkpoint(frame: 7, segments: 2, languages: languages)
    let request = StreamRequest(format: .standard, engine: "speech", language: "auto")
    writer.open(stream: StreamID(gateway: 1, number: 2), request: request, from: checkpoint)
    var reader = FrameReader()
    reader.room().copyBytes(from: writer.bytes)
    reader.commit(writer.bytes.count)
    guard case .open(_, request, checkpoint)? = try reader.nextRequest() else {
      Issue.record("another request")
      return
    }
  }

  @Test func `a stream without wishes is opened as before there were any`() {
    func frame(_ wishes: UtteranceWishes) -> [UInt8] {
      let writer = FrameWriter()
      writer.open(
        stream: StreamID(gateway: 1, number: 2),
        request: StreamRequest(format: .standard, engine: "mock", utterances: wishes), from: Checkpoint(frame: 0))
      return Array(writer.bytes)
    }
    #expect(frame(UtteranceWishes()).count == 48)
    #expect(frame(UtteranceWishes())[7] & 28 == 0)
    #expect(frame(UtteranceWishes(bounds: true))[7] & 4 != 0)
  }

  @Test func `a silence out of range is an error`() throws {
    let request = StreamRequest(
      format: .standard, engine: "mock", utterances: UtteranceWishes(silenceMilliseconds: 100))
    #expect(throws: WorkerLinkError.malformed("a silence of 99 ms")) {
      _ = try read(request, changing: FrameKind.prefixBytes + FrameKind.open.fieldBytes, to: 99)
    }
  }
}
