import Testing

@testable import Broker

@Suite struct BrokerKeyTests {
  /// The pair in the documentation of NATS.
  private static let seed = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
  private static let publicKey = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"

  @Test func `a seed has its public key, and signs as other programs do`() throws {
    let key = try #require(BrokerKey(seed: Self.seed))
    #expect(key.publicKey == Self.publicKey && key.seed == Self.seed)
    // By the program openssl.
    #expect(
      key.signature(of: "a nonce")
        == "kEpu5Y9mmop2LEGamb0zUCwC2hcIDiUDyA-sAindWPua-ECTydjqWoqqeEWcLZh_hLjL9vqveLD69vgknXhPCA")
  }

  @Test func `a new key is another one, and its seed is read back`() {
    let key = BrokerKey()
    #expect(BrokerKey(seed: key.seed) == key && key != BrokerKey())
    #expect(key.publicKey.hasPrefix("U") && key.publicKey.count == 56)
  }

  @Test(arguments: [
    "", "SU", "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4",
    "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VZ",
    "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3V1",
    "SAACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY",
  ])
  func `what is no seed of a user, or has a mistake, is refused`(_ text: String) {
    #expect(BrokerKey(seed: text) == nil)
  }
}
