/// The connections that have not said yet what they want, by the network they come from, and which of them goes when
/// there are too many: the oldest of the network that has the most.
///
/// No newcomer is turned away for those: a network that floods displaces its own.
struct UnfinishedHandshakes<ID: Hashable> {
  private struct Place {
    let network: String
    let number: UInt64
  }

  /// Connections in the order in which they came.
  private struct Line {
    private var arrivals: [(id: ID, number: UInt64)] = []
    private var first = 0

    mutating func append(_ id: ID, _ number: UInt64, among present: [ID: Place]) {
      // Those that have gone are removed where they are many.
      if arrivals.count == arrivals.capacity {
        arrivals = arrivals[first...].filter { present[$0.id]?.number == $0.number }
        arrivals.reserveCapacity(2 * arrivals.count + 8)
        first = 0
      }
      arrivals.append((id, number))
    }

    mutating func oldest(among present: [ID: Place]) -> ID? {
      while first < arrivals.count, present[arrivals[first].id]?.number != arrivals[first].number { first += 1 }
      return first < arrivals.count ? arrivals[first].id : nil
    }
  }

  /// Of all networks together.
  private let maximum: Int
  private var present: [ID: Place] = [:]
  private var all = Line()
  private var lines: [String: Line] = [:]
  private var counts: [String: Int] = [:]
  /// The networks that have so many.
  private var networks: [Int: Set<String>] = [:]
  private var most = 0
  private var numbers: UInt64 = 0

  init(maximum: Int) { self.maximum = maximum }

  var count: Int { present.count }

  /// A connection has come. Returns the one that goes for it.
  /// - Parameter limit: how many its network may have; 0: any number.
  mutating func enter(_ id: ID, from network: String, limit: Int) -> ID? {
    numbers += 1
    present[id] = Place(network: network, number: numbers)
    all.append(id, numbers, among: present)
    lines[network, default: Line()].append(id, numbers, among: present)
    change(network, by: 1)
    if limit > 0, counts[network, default: 0] > limit { return evict(from: network) }
    guard count > maximum else { return nil }
    // Where none has more than one, the network of the newcomer is as large as any.
    guard most > 1, let largest = networks[most]?.first else { return evict(all.oldest(among: present)) }
    return evict(from: largest)
  }

  /// Removes the oldest connection of a network, so that another one of it can come.
  mutating func evict(from network: String) -> ID? {
    evict(lines[network]?.oldest(among: present))
  }

  private mutating func evict(_ id: ID?) -> ID? {
    if let id { leave(id) }
    return id
  }

  /// A connection has said what it wants, or is over.
  mutating func leave(_ id: ID) {
    guard let network = present.removeValue(forKey: id)?.network else { return }
    change(network, by: -1)
    if counts[network] == nil { lines[network] = nil }
  }

  private mutating func change(_ network: String, by difference: Int) {
    let before = counts[network, default: 0]
    let after = before + difference
    counts[network] = after > 0 ? after : nil
    networks[before]?.remove(network)
    if networks[before]?.isEmpty == true { networks[before] = nil }
    if after > 0 { networks[after, default: []].insert(network) }
    if after > most { most = after } else if before == most, networks[most] == nil { most = after }
  }
}
