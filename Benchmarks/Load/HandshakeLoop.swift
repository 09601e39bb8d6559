internal import Glibc

/// Connects, shakes hands and resets, again and again: the cost of clients that come.
///
/// A handshake counts when the server's ticket has arrived: only then has the server finished its half.
struct HandshakeLoop: ~Copyable {
  private struct Slot {
    var socket = LoadSocket()
    var ticketsBefore = 0
    var isShaken = false
    var isWatchedForWriting = true
  }

  private let plan: LoadPlan
  private let isResuming: Bool
  private let address: sockaddr_in
  private let poller: LoadPoller
  private let tls: LoadTLS
  private let slots: UnsafeMutableBufferPointer<Slot>
  /// Of each slot: OpenSSL is given its place.
  private let tickets: UnsafeMutableBufferPointer<SessionTickets>
  private let unread: UnsafeMutableRawBufferPointer
  private var report: HandshakeReport

  init(
    _ options: LoadOptions, resuming: Bool, address: sockaddr_in, poller: consuming LoadPoller, tls: LoadTLS
  ) {
    plan = options.plan
    isResuming = resuming
    self.address = address
    self.poller = poller
    self.tls = tls
    slots = .allocate(capacity: plan.connections)
    slots.initialize(repeating: Slot())
    tickets = .allocate(capacity: plan.connections)
    tickets.initialize(repeating: SessionTickets())
    unread = .allocate(byteCount: 16 << 10, alignment: 64)
    report = HandshakeReport(processes: options.pids.map { LoadReport.Process(pid: $0) })
  }

  deinit {
    slots.deallocate()
    tickets.deallocate()
    unread.deallocate()
  }

  mutating func run() throws(LoadError) -> HandshakeReport {
    for index in slots.indices { try begin(index) }
    try advance(until: Clock.now() + plan.warmUpNanoseconds)
    report.begin()
    try advance(until: Clock.now() + plan.measuredNanoseconds)
    report.end()
    for index in slots.indices { slots[index].socket.reset() }
    return report
  }

  private mutating func advance(until end: Int) throws(LoadError) {
    while case let now = Clock.now(), now < end {
      for place in 0..<(try poller.wait(nanoseconds: min(end - now, 100_000_000))) {
        try advance(poller.ready(place).index)
      }
    }
  }

  private mutating func begin(_ index: Int) throws(LoadError) {
    let socket = try LoadSocket.connect(to: address, tls: tls)
    slots[index].socket = socket
    slots[index].isShaken = false
    slots[index].isWatchedForWriting = true
    slots[index].ticketsBefore = tickets[index].arrived
    socket.tls?.keepTickets(in: tickets.baseAddress! + index)
    if isResuming { socket.tls?.resume(with: tickets[index]) }
    try poller.watch(socket.descriptor, index: index, writing: true)
  }

  private mutating func advance(_ index: Int) throws(LoadError) {
    let socket = slots[index].socket
    if !slots[index].isShaken {
      switch socket.handshake() {
      case .done: slots[index].isShaken = true
      case .wantsRead: return try watch(index, writing: false)
      case .wantsWrite: return try watch(index, writing: true)
      case .broken: return try end(index, isFault: true)
      }
    }
    try watch(index, writing: false)
    while true {
      switch socket.receive(into: unread) {
      case .bytes: continue
      case .nothing: break
      case .ended, .broken: return try end(index, isFault: true)
      }
      break
    }
    if tickets[index].arrived > slots[index].ticketsBefore { try end(index, isFault: false) }
  }

  private func watch(_ index: Int, writing: Bool) throws(LoadError) {
    guard slots[index].isWatchedForWriting != writing else { return }
    slots[index].isWatchedForWriting = writing
    try poller.change(slots[index].socket.descriptor, index: index, writing: writing)
  }

  private mutating func end(_ index: Int, isFault: Bool) throws(LoadError) {
    let isResumed = slots[index].socket.tls?.isResumed == true
    if isFault {
      report.failed += 1
    } else {
      report.completed += 1
      if isResumed {
        report.resumed += 1
      } else if isResuming, slots[index].ticketsBefore > 0 {
        report.refusedTickets += 1
      }
    }
    slots[index].socket.reset()
    try begin(index)
  }
}
