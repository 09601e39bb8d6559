internal import Audio
internal import Contract
internal import JSON
internal import Recognition
internal import Streams

// Values of the stream as messages of the contract.

extension StreamRequest {
  init(_ parameters: StreamParameters) {
    self.init(
      format: parameters.format, engine: parameters.engine, model: parameters.model, language: parameters.language,
      wantsWords: parameters.words)
  }
}

extension Transcription {
  /// - Parameter text: nil where words are sent in updates.
  init(
    _ measure: ChunkMeasure, _ text: ReplyTranscript.Text?, _ parameters: StreamParameters, settled: SettledMessage?,
    delay: Double?
  ) {
    self.init(
      Figures(measure),
      text: text.map { text in
        Text(
          text: text.text, isFinal: text.isFinal, segment: text.segment,
          segments: text.finished.map { SegmentMessage($0, parameters, withWords: parameters.words) })
      }, settled: settled, delay: delay)
  }

  init(_ measure: ChunkMeasure, _ chunk: ChunkText, settled: SettledMessage?) {
    self.init(
      Figures(measure), text: Text(text: chunk.text, isFinal: true, segment: chunk.segment), settled: settled)
  }
}

extension Transcription.Figures {
  init(_ measure: ChunkMeasure) {
    let levels = measure.levels
    self.init(
      seq: measure.seq, rms: levels.rms, dbfs: levels.dbfs, peak: levels.peak, clipped: levels.clipped,
      duration: measure.duration, start: measure.start)
  }
}

extension SegmentMessage {
  /// Its language is for streams that named one.
  init(_ segment: Segment, _ parameters: StreamParameters, withWords: Bool) {
    self.init(
      segment: segment.number, start: segment.start, end: segment.end, text: segment.text,
      language: parameters.language == nil ? nil : segment.language,
      words: withWords ? WordsMessage(segment) : nil)
  }
}

extension WordsMessage {
  fileprivate init(_ segment: Segment) {
    let timed = TimedWords(segment)
    self.init(
      timed.words.map { WordMessage(word: $0.text, start: $0.start, end: $0.end) }, isEstimated: timed.isEstimated)
  }
}

extension UpdateMessage {
  init(_ update: TranscriptUpdate, withWords: Bool, settled: SettledMessage?) {
    let segment = update.segment
    self.init(
      segment: segment.number, text: segment.text, stable: update.stableWords, isFinal: update.isFinal,
      start: segment.start, end: segment.end, language: segment.language,
      words: withWords ? WordsMessage(segment) : nil,
      settled: settled)
  }
}

extension Receipt {
  init(_ receipt: StreamReceipt, clientID: Int, _ parameters: StreamParameters) {
    let totals = receipt.totals
    self.init(
      clientID: clientID, chunks: totals.chunks, bytes: totals.bytes, duration: receipt.duration,
      rms: receipt.levels.rms, peak: receipt.levels.peak, clipped: receipt.levels.clipped, sha256: receipt.sha256,
      processed: totals.processed, dropped: totals.dropped, replayed: totals.replayed,
      segments: receipt.segments?.map { SegmentMessage($0, parameters, withWords: false).json },
      partialsShed: receipt.skippedPartials)
  }
}
