import Testing

@testable import Web

struct ProxyTests {
  private func proxy(_ environment: [String: String], _ url: String) throws -> String? {
    try ProxySettings { environment[$0] }.proxy(for: WebSocketURL(url))?.name
  }

  @Test func `each scheme has its proxy, and one for both`() throws {
    let environment = ["http_proxy": "http://a:1", "HTTPS_PROXY": "b:2", "all_proxy": "http://c:3"]
    #expect(try proxy(environment, "ws://host/") == "a:1")
    #expect(try proxy(environment, "wss://host/") == "b:2")
    #expect(try proxy(["ALL_PROXY": "c"], "wss://host/") == "c:1080")
    #expect(try proxy(["HTTP_PROXY": "a:1"], "ws://host/") == nil)
    #expect(try proxy(["http_proxy": ""], "ws://host/") == nil)
    #expect(try proxy(["http_proxy": "http://[::1]:8080/"], "ws://host/") == "[::1]:8080")
  }

  @Test(arguments: [
    "ws://localhost/", "ws://127.0.0.1:8000/", "wss://127.9.9.9/", "ws://[::1]/", "ws://a.localhost/",
    "ws://LOCALHOST./",
    "ws://[0:0:0:0:0:0:0:1]/", "ws://[::ffff:127.0.0.1]/", "ws://ip6-localhost/", "ws://ip6-loopback/", "ws://0.0.0.0/",
    "ws://[::]/", "ws://127.1/", "ws://0x7f000001/",
  ])
  func `this machine is never reached through a proxy`(url: String) throws {
    #expect(try proxy(["all_proxy": "http://a:1"], url) == nil)
  }

  @Test(arguments: [
    "ws://127.evil.test/", "ws://localhost.evil.test/", "ws://xlocalhost/", "ws://[::2]/", "ws://128.0.0.1/",
  ])
  func `a foreign host is not taken for this machine`(url: String) throws {
    #expect(try proxy(["all_proxy": "http://a:1"], url) == "a:1")
  }

  @Test(arguments: [
    ("[2001:db8::8080]", "[2001:db8::8080]:1080"), ("[2001:db8::80]", "[2001:db8::80]:1080"),
    ("[2001:db8::1]:80", "[2001:db8::1]:80"), ("a:80", "a:80"), ("a", "a:1080"),
  ])
  func `a proxy's port is not read out of its address`(address: String, name: String) throws {
    #expect(try proxy(["http_proxy": "http://\(address)"], "ws://host/") == name)
  }

  @Test(arguments: [
    ("*", true), ("host.example", true), ("example", true), (".example", true), ("*.example", true),
    ("HOST.example", true),
    ("a, host.example:8000", true), ("host.example:1", false), ("st.example", false), ("other.example", false),
    ("", false), ("10.0.0.0/8", false),
  ])
  func `hosts of no_proxy are reached directly`(list: String, isDirect: Bool) throws {
    let environment = ["http_proxy": "http://a:1", "no_proxy": list]
    #expect(try (proxy(environment, "ws://host.example:8000/") == nil) == isDirect)
  }

  @Test(arguments: [
    ("10.0.0.0/8", "ws://10.1.2.3/", true), ("10.0.0.0/8", "ws://11.1.2.3/", false),
    ("10.1.2.3", "ws://10.1.2.3/", true),
    ("10.1.2.0/23", "ws://10.1.3.255/", true), ("10.1.2.0/23", "ws://10.1.4.0/", false),
    ("0.0.0.0/0", "ws://9.9.9.9/", true),
    ("fd00::/8", "wss://[fd12::1]/", true), ("fd00::/8", "wss://[fe80::1]/", false),
    ("fd00::/8", "ws://10.1.2.3/", false),
    ("2001:DB8:0::1", "ws://[2001:db8::1]/", true), ("[2001:db8::1]:80", "ws://[2001:db8::1]/", true),
    ("[2001:db8::1]:81", "ws://[2001:db8::1]/", false), ("0.0.3", "ws://10.0.0.3/", false),
    ("3", "ws://10.0.0.3/", false),
    ("host.", "ws://host/", true), ("host", "ws://host./", true),
    ("10.0.0.0/33", "ws://10.1.2.3/", false), ("10.0.0.0/x", "ws://10.1.2.3/", false),
  ])
  func `blocks of addresses in no_proxy are reached directly`(block: String, url: String, isDirect: Bool) throws {
    #expect(try (proxy(["all_proxy": "http://a:1", "no_proxy": "b, \(block)"], url) == nil) == isDirect)
  }

  @Test func `credentials become a header, and are not shown in errors`() throws {
    let proxy = try #require(Proxy("http://user:p%40ss@a:1"))
    #expect(proxy.authorization == "Basic dXNlcjpwQHNz")
    let request = String(decoding: try proxy.request(for: WebSocketURL("wss://[::2]/x")), as: UTF8.self)
    #expect(
      request == "CONNECT [::2]:443 HTTP/1.1\r\nHost: [::2]:443\r\nProxy-Authorization: Basic dXNlcjpwQHNz\r\n\r\n")
  }

  @Test(arguments: ["socks5://user:secret@a:1", "https://user:secret@a:1", "http://user:secret@a:x"])
  func `a proxy that cannot be used is named with its variable, without the password`(value: String) throws {
    let address = String(value.drop { $0 != "@" })
    #expect(throws: WebSocketError.badProxy(variable: "ALL_PROXY", proxy: "…" + address)) {
      try self.proxy(["ALL_PROXY": value], "ws://b/")
    }
    #expect(try self.proxy(["ALL_PROXY": value], "ws://localhost/") == nil)
  }
}
