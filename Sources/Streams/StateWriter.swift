import Glibc

/// Writes the state of a stream as bytes, for a server that starts anew, or another one.
public struct StateWriter: ~Copyable {
  private var memory: UnsafeMutableRawPointer?
  private var capacity = 0
  public private(set) var count = 0

  public init() {}

  deinit { free(memory) }

  public var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: memory, count: count)) }

  public func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    body(UnsafeRawBufferPointer(start: memory, count: count))
  }

  /// Empties it and keeps its memory.
  public mutating func reset() { count = 0 }

  /// Room for so many more bytes.
  private mutating func room(_ bytes: Int) -> UnsafeMutableRawPointer {
    if count + bytes > capacity {
      capacity = max(2 * capacity, count + bytes, 1024)
      memory = realloc(memory, capacity)
    }
    guard let memory else { preconditionFailure("out of memory: \(capacity) bytes") }
    defer { count += bytes }
    return memory + count
  }

  public mutating func add(_ value: Int) { room(8).storeBytes(of: Int64(value).littleEndian, as: Int64.self) }
  public mutating func add(_ value: Double) { add(Int(bitPattern: UInt(value.bitPattern))) }
  public mutating func add(_ value: Bool) { room(1).storeBytes(of: value ? 1 : 0, as: UInt8.self) }

  /// Bytes with their number before them.
  public mutating func add(_ value: UnsafeRawBufferPointer) {
    add(value.count)
    if let start = value.baseAddress { room(value.count).copyMemory(from: start, byteCount: value.count) }
  }

  public mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  /// A value or nothing.
  public mutating func add<Value>(_ value: Value?, _ body: (inout StateWriter, Value) -> Void) {
    add(value != nil)
    if let value { body(&self, value) }
  }

  public mutating func add<Values: Collection>(_ values: Values, _ body: (inout StateWriter, Values.Element) -> Void) {
    add(values.count)
    for value in values { body(&self, value) }
  }

  /// What `body` writes, with its length before it.
  public mutating func part(_ body: (inout StateWriter) -> Void) {
    add(0)
    let start = count
    body(&self)
    memory?.storeBytes(of: Int64(count - start).littleEndian, toByteOffset: start - 8, as: Int64.self)
  }
}
