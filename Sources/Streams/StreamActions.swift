/// What the gateway does for a stream after an event, in order.
///
/// For a chunk that arrives there are two actions, for one that was measured there is one. These need no array.
public enum StreamActions: Equatable, Sendable {
  case none
  case one(StreamAction)
  /// A chunk is acknowledged and sent to a worker.
  case accept(StreamChunk, StreamAction.Delivery, slot: Int)
  case several([StreamAction])

  public init() { self = .none }

  init(_ actions: some Sequence<StreamAction>) {
    self.init()
    self += actions
  }

  mutating func append(_ action: consuming StreamAction) {
    switch consume self {
    case .none: self = .one(action)
    case .one(let first): self = .several([first, action])
    case .accept(let chunk, let delivery, let slot):
      self = .several([.acknowledge(chunk), .send(chunk, delivery, slot: slot), action])
    case .several(var actions):
      actions.append(action)
      self = .several(actions)
    }
  }

  static func += (actions: inout Self, more: some Sequence<StreamAction>) {
    for action in more { actions.append(action) }
  }

  static func + (actions: Self, more: some Sequence<StreamAction>) -> Self {
    var actions = actions
    actions += more
    return actions
  }

  /// Calls `body` with each action, the first one first.
  // Inlined and consuming: copies of actions took 400 instructions of 8,700 for a chunk.
  @inlinable @inline(__always)
  public consuming func visit(_ body: (consuming StreamAction) -> Void) {
    switch consume self {
    case .none: break
    case .one(let action): body(action)
    case .accept(let chunk, let delivery, let slot):
      body(.acknowledge(chunk))
      body(.send(chunk, delivery, slot: slot))
    case .several(let actions): for action in actions { body(action) }
    }
  }

  public static func == (one: Self, other: Self) -> Bool { one.elementsEqual(other) }
}

extension StreamAction {
  @inlinable static func acknowledge(_ chunk: StreamChunk) -> StreamAction {
    .emit(.accepted(seq: chunk.seq, bytes: chunk.bytes))
  }
}

extension StreamActions: RandomAccessCollection {
  public var startIndex: Int { 0 }

  public var endIndex: Int {
    switch self {
    case .none: 0
    case .one: 1
    case .accept: 2
    case .several(let actions): actions.count
    }
  }

  @inlinable public var isEmpty: Bool { if case .none = self { true } else { false } }

  public subscript(index: Int) -> StreamAction {
    switch (self, index) {
    case (.one(let action), 0): action
    case (.accept(let chunk, _, _), 0): .acknowledge(chunk)
    case (.accept(let chunk, let delivery, let slot), 1): .send(chunk, delivery, slot: slot)
    case (.several(let actions), _): actions[index]
    default: preconditionFailure("There are \(count) actions.")
    }
  }
}

extension StreamActions: ExpressibleByArrayLiteral {
  public init(arrayLiteral actions: StreamAction...) { self.init(actions) }
}
