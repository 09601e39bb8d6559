internal import JSON

/// What the server says of a chunk as it comes: the message that is written most often, and so without a detour.
public struct Acknowledgement {
  public var clientID: Int
  public var seq: Int
  public var chunkBytes: Int

  public init(clientID: Int, seq: Int, chunkBytes: Int) {
    self.clientID = clientID
    self.seq = seq
    self.chunkBytes = chunkBytes
  }

  /// No acknowledgement is longer: three integers and 34 bytes between them.
  public static let longestBytes = 34 + 3 * TextCursor.integerBytes

  /// Writes the message's JSON text, as `ServerMessage.accepted` has it, and says how long it is.
  public func write(to memory: UnsafeMutableRawBufferPointer) -> Int {
    precondition(memory.count >= Self.longestBytes, "too little room for an acknowledgement")
    guard let start = memory.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return 0 }
    var cursor = TextCursor(start)
    cursor.put(#"{"client_id":"#)
    cursor.put(clientID)
    cursor.put(#","seq":"#)
    cursor.put(seq)
    cursor.put(#","chunk_size":"#)
    cursor.put(chunkBytes)
    cursor.put("}")
    return cursor.place - start
  }
}
