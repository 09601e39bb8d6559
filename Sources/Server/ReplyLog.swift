import Platform
import WorkerLink

/// The newest replies of a stream whose client may come back for them after its connection broke.
struct ReplyLog: ~Copyable {
  /// What a reply is about.
  enum Subject: Equatable {
    /// Chunk `seq` was answered.
    case chunk(seq: Int)
    /// A flush or stop behind chunk `seq` was answered, in part.
    case ending(seq: Int)

    var seq: Int {
      switch self {
      case .chunk(let seq), .ending(let seq): seq
      }
    }
  }

  private var entries = Deque<(subject: Subject, bytes: Int)>()
  private var texts = ByteQueue(capacity: 0, keptBytes: StreamLimits.resumeReplyBytes)
  /// Replies about chunks up to this one are not all here.
  private var forgotten = 0

  /// Bytes of replies held.
  var bytes: Int { texts.count }

  mutating func append(_ subject: Subject, _ text: UnsafeRawBufferPointer) {
    entries.append((subject, text.count))
    texts.reserve(text.count)
    texts.room.copyMemory(from: text)
    texts.commit(text.count)
    while texts.count > StreamLimits.resumeReplyBytes, entries.count > 1, let oldest = entries.popFirst() {
      texts.consume(oldest.bytes)
      forgotten = oldest.subject.seq
    }
  }

  /// Whether every reply is here that a client lacks who has those about the chunks up to `answered`.
  func reaches(backTo answered: Int) -> Bool { answered >= forgotten }

  /// The replies such a client lacks, in order. That about an ending behind the last of them it may have.
  func visit(after answered: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    var offset = 0
    for entry in entries {
      let text = UnsafeRawBufferPointer(rebasing: texts.bytes[offset..<offset + entry.bytes])
      switch entry.subject {
      case .chunk(let seq): if seq > answered { body(text) }
      case .ending(let seq): if seq >= answered { body(text) }
      }
      offset += entry.bytes
    }
  }
}
