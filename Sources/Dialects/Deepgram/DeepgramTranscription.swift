internal import JSON
internal import Recognition
public import Streams
internal import Web

/// The transcription of a file, in the form of Deepgram's API.
public struct DeepgramTranscription: RecordingDialect {
  public static let name = "deepgram"

  private let file: UploadedFile
  private let request: DeepgramRequest
  private let channel: Int
  private let results: ChannelResults<HeardRecording>
  private let listsUtterances: Bool
  private var heard = HeardRecording()

  /// - Parameter results: of all channels.
  init(
    of file: UploadedFile, _ request: DeepgramRequest, channel: Int, _ results: ChannelResults<HeardRecording>,
    listsUtterances: Bool
  ) {
    (self.file, self.request, self.channel) = (file, request, channel)
    (self.results, self.listsUtterances) = (results, listsUtterances)
  }

  public mutating func write(_ event: StreamEvent, to output: any DialectOutput) {
    heard.take(event)
    guard case .closing(let reason) = event else { return }
    if reason == .complete {
      // The last channel answers for all.
      if let all = results.add(heard, of: channel) { output.send(.whole(response(all))) }
    } else if results.end() {
      output.send(.whole(DeepgramRequest.rejection(reason.rejectionReason).response))
    }
    output.close(code: reason.code, reason: reason.phrase)
  }

  private func response(_ channels: [HeardRecording]) -> HTTPResponse {
    if channels.allSatisfy(\.segments.isEmpty), let problem = channels.lazy.compactMap(\.problem).first {
      return DeepgramRequest.rejection(problem).response
    }
    var receipt = StreamReceipt(of: channels.compactMap(\.receipt))
    (receipt.totals.bytes, receipt.sha256) = (file.bytes, file.sha256)
    var json = JSONObject()
    json.add(
      "metadata",
      .object([
        .init(key: "transaction_key", value: .string("deprecated")),
        .init(key: "request_id", value: .string(request.id)), .init(key: "sha256", value: .string(file.sha256)),
        .init(key: "created", value: .string(request.openedAt)),
        .init(key: "duration", value: .number(receipt.duration)),
        .init(key: "channels", value: .number(request.channels)),
        .init(key: "models", value: .array([.string(request.modelID)])),
        .init(key: "model_info", value: .object([.init(key: request.modelID, value: request.modelInfo)])),
        .init(key: "audio_service", value: receipt.extras),
      ]))
    let utterances = channels.enumerated().flatMap { index, heard in
      heard.segments.map { Utterance(channel: index, segment: $0, words: DeepgramWords($0)) }
    }
    json.add("results") { json in
      json.add("channels", objects: channels.count) { index, json in
        let words = utterances.filter { $0.channel == index }.map(\.words)
        json.add("alternatives", objects: 1) { DeepgramWords(joining: words).add(to: &$1) }
      }
      guard listsUtterances else { return }
      let sorted = utterances.sorted { ($0.segment.start, $0.channel) < ($1.segment.start, $1.channel) }
      json.add("utterances", objects: sorted.count) { add(sorted[$0], to: &$1) }
    }
    return HTTPResponse(status: 200, json: json.text, headers: [DeepgramRequest.header(id: request.id)])
  }

  private struct Utterance {
    var channel: Int
    var segment: Segment
    var words: DeepgramWords
  }

  private func add(_ utterance: Utterance, to json: inout JSONObject) {
    let segment = utterance.segment
    json.add("start", segment.start)
    json.add("end", segment.end)
    utterance.words.add(to: &json)
    json.add("channel", utterance.channel)
    json.add("id", ServiceID.text(ofModel: "\(request.id)-\(utterance.channel)-\(segment.number)"))
  }
}
