import Recognition
import Testing

@testable import WorkerLink

@Suite struct LinkVersionTests {
  @Test(arguments: [
    (5...5, 5...5, 5), (5...5, 5...6, 5), (5...6, 5...6, 6), (5...7, 4...6, 6), (5...8, 5...7, 7),
    (5...5, 6...7, nil), (5...5, 4...4, nil),
    (4...5, 5...9, 5),
  ])
  func `both sides speak the newest version that both support`(
    _ ours: ClosedRange<Int>, _ theirs: ClosedRange<Int>, _ version: Int?
  ) {
    #expect(LinkVersion.negotiate(ours, theirs) == version)
    #expect(LinkVersion.negotiate(theirs, ours) == version)
  }

  private func hello(_ bytes: [UInt8]) throws -> WorkerHello? {
    var reader = FrameReader()
    reader.room().copyBytes(from: bytes)
    reader.commit(bytes.count)
    guard case .hello(let hello) = try reader.nextReply() else { return nil }
    return hello
  }

  @Test func `a worker of version 4 is recognized by its first frame`() throws {
    // u32 length, kind 65, u32 version, u32 pid, JSON.
    let ready: [UInt8] = [10, 0, 0, 0, 65, 0, 0, 0, 4, 0, 0, 0, 42, 0, 0, 0] + Array("[]".utf8) + [0, 0, 0, 0, 0, 0]
    let hello = try hello(ready)
    #expect(hello == WorkerHello(versions: 4...4, pid: 42, engines: []))
    #expect(LinkVersion.negotiate(LinkVersion.supported, try #require(hello).versions) == nil)
  }

  @Test func `a later version may add to hello`() throws {
    let engine = EngineStatus(name: "mock", state: .ready, isContinuous: false)
    let writer = FrameWriter()
    writer.hello(WorkerHello(versions: 5...6, pid: 42, engines: [engine]))
    var bytes = Array(writer.bytes)
    bytes += [1, 2, 3, 4, 5, 6, 7, 8]
    bytes[0] = UInt8(bytes.count - 8)
    let hello = try hello(bytes)
    #expect(hello == WorkerHello(versions: 5...6, pid: 42, engines: [engine]))
    #expect(LinkVersion.negotiate(LinkVersion.supported, try #require(hello).versions) == 6)
  }

  @Test func `whether a worker has memory is in the prefix of hello, of which earlier versions read nothing`() throws {
    for hasMemory in [false, true] {
      let writer = FrameWriter()
      writer.hello(WorkerHello(pid: 42, engines: [], hasMemory: hasMemory))
      #expect(Array(writer.bytes[5..<8]) == [hasMemory ? 1 : 0, 0, 0])
      #expect(try hello(Array(writer.bytes))?.hasMemory == hasMemory)
    }
  }

  @Test func `a worker from before the sandbox says nothing of it`() throws {
    let engine = EngineStatus(name: "mock", state: .ready, isContinuous: false)
    let writer = FrameWriter()
    writer.hello(WorkerHello(versions: 5...5, pid: 42, engines: [engine]))
    var bytes = Array(writer.bytes)
    // Without the number of layers: a prefix of 8 bytes, fields of 16, and the engine's 9.
    bytes[0] = 25
    bytes = Array(bytes[..<33]) + [UInt8](repeating: 0, count: 7)
    #expect(try hello(bytes) == WorkerHello(versions: 5...5, pid: 42, engines: [engine]))
  }

  @Test func `a worker from before the models says nothing of them`() throws {
    let engine = EngineStatus(name: "mock", state: .ready, isContinuous: false)
    let writer = FrameWriter()
    writer.hello(WorkerHello(versions: 5...5, pid: 42, engines: [engine], sandbox: [SandboxLayer("seccomp")]))
    var bytes = Array(writer.bytes)
    // Without the model's lengths: a prefix of 8 bytes, fields of 16, the engine's 9, 4 for the number of layers, 11.
    bytes[0] = 40
    bytes = Array(bytes[..<48])
    let wanted = WorkerHello(versions: 5...5, pid: 42, engines: [engine], sandbox: [SandboxLayer("seccomp")])
    #expect(try hello(bytes) == wanted)
  }

  @Test func `versions from last to first are an error`() {
    let writer = FrameWriter()
    writer.hello(WorkerHello(versions: 5...6, pid: 1, engines: []))
    var bytes = Array(writer.bytes)
    bytes[8] = 7
    #expect(throws: WorkerLinkError.malformed("versions 7 to 6")) { try hello(bytes) }
  }
}
