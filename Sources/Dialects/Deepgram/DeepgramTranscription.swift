internal import JSON
internal import Recognition
public import Streams
internal import Web

/// The transcription of a file, in the form of Deepgram's API.
public struct DeepgramTranscription: RecordingDialect {
  public static let name = "deepgram"

  private let file: UploadedFile
  private let request: DeepgramRequest
  private let listsUtterances: Bool
  private var heard = HeardRecording()

  init(of file: UploadedFile, _ request: DeepgramRequest, listsUtterances: Bool) {
    (self.file, self.request, self.listsUtterances) = (file, request, listsUtterances)
  }

  public mutating func write(_ event: StreamEvent, to output: any DialectOutput) {
    heard.take(event)
    guard case .closing(let reason) = event else { return }
    if reason == .complete, let receipt = heard.receipt(of: file) {
      output.send(.whole(response(receipt)))
    } else {
      output.send(.whole(DeepgramRequest.rejection(reason.rejectionReason).response))
    }
    output.close(code: reason.code, reason: reason.phrase)
  }

  private func response(_ receipt: StreamReceipt) -> HTTPResponse {
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
    let parts = heard.segments.map { DeepgramWords($0) }
    let channel = JSONValue.object([
      .init(key: "alternatives", value: .array([.object(DeepgramWords.members(parts))]))
    ])
    var results = [JSONValue.Member(key: "channels", value: .array([channel]))]
    if listsUtterances {
      results.append(.init(key: "utterances", value: .array(zip(heard.segments, parts).map(utterance))))
    }
    json.add("results", .object(results))
    return HTTPResponse(status: 200, json: json.text, headers: [DeepgramRequest.header(id: request.id)])
  }

  private func utterance(_ segment: Segment, _ words: DeepgramWords) -> JSONValue {
    .object(
      [.init(key: "start", value: .number(segment.start)), .init(key: "end", value: .number(segment.end))]
        + DeepgramWords.members([words]) + [
          .init(key: "channel", value: .number(0)),
          .init(key: "id", value: .string(ServiceID.text(ofModel: "\(request.id)-\(segment.number)"))),
        ])
  }
}
