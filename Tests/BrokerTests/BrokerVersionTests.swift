import Testing

@testable import Broker

@Suite struct BrokerVersionTests {
  @Test(arguments: ["2.12.7", "2.12.11", "2.14.0", "2.14.1-RC.2", "2.15.1", "3.0.0"])
  func `repaired versions are suitable`(_ text: String) { #expect(BrokerVersion(text)?.isSuitable == true) }

  @Test(arguments: ["2.9.10", "2.10.29", "2.11.16", "2.12.6", "2.13.0", "2.13.9", "1.4.1"])
  func `others are not`(_ text: String) { #expect(BrokerVersion(text)?.isSuitable == false) }

  @Test(arguments: ["", "2", "2.12", "dev", "v2.12.7", "2.12.x"])
  func `what is no version is none`(_ text: String) { #expect(BrokerVersion(text) == nil) }
}
