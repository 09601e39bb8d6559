import Support
import Testing
import Web

@testable import Server

struct PageFilesTests {
  private func request(
    _ path: String, _ method: String = "GET", headers: [(name: String, value: String)] = []
  ) -> HTTPRequest {
    HTTPRequest(method: method, path: path, headers: headers)
  }

  private func header(_ name: String, _ response: HTTPResponse?) -> String? {
    response?.headers.first { $0.name == name }?.value
  }

  @Test func `the program has every file of the folder, as it is there, and no other`() {
    let folder = "\(TextFile.repository)/Sources/CPage/page"
    let embedded = EmbeddedFiles.page
    #expect(embedded.map(\.name).sorted() == TextFile.names(in: folder).sorted(), "each needs a line in page.c")
    for file in embedded {
      #expect(TextFile.read("\(folder)/\(file.name)").map { Array($0.utf8) } == file.bytes, "\(file.name)")
      #expect(PageFiles.place(of: file.name) != nil, "\(file.name): a kind of file that PageFiles does not know")
    }
  }

  @Test(arguments: [
    ("index.html", "/", "text/html; charset=utf-8"), ("operator.html", "/operator", "text/html; charset=utf-8"),
    ("page.css", "/page/page.css", "text/css; charset=utf-8"), ("icon.svg", "/page/icon.svg", "image/svg+xml"),
    ("capture-worker.js", "/page/capture-worker.js", "text/javascript; charset=utf-8"),
  ])
  func `a file's name says where and as what it is served`(_ name: String, _ path: String, _ type: String) throws {
    let place = try #require(PageFiles.place(of: name))
    #expect(place.path == path)
    #expect(place.contentType == type)
  }

  @Test(arguments: ["", ".", "..", ".html", ".js", "html", "page.css~", "a.html.bak", "secret.pem", "notes.md"])
  func `another file is not served`(name: String) { #expect(PageFiles.place(of: name) == nil) }

  @Test func `the page is light`() {
    let page = PageFiles(.program, isSecure: false)
    let bodies = EmbeddedFiles.page.map { file in
      PageFiles.place(of: file.name).flatMap { page.response(to: request($0.path)) }?.body.count ?? 0
    }
    #expect(bodies.allSatisfy { $0 > 100 })
    #expect(bodies.reduce(0, +) <= 100_000)
  }

  @Test func `the page is served with its headers, and once`() throws {
    let page = PageFiles(.program, isSecure: false)
    let response = try #require(page.response(to: request("/")))
    #expect(response.status == 200)
    #expect(response.contentType == "text/html; charset=utf-8")
    #expect(response.body.starts(with: Array("<!doctype html>".utf8)))
    let policy = try #require(header("content-security-policy", response))
    #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'; "))
    #expect(policy.hasSuffix("; require-trusted-types-for 'script'; trusted-types worker"))
    #expect(!policy.contains("unsafe") && !policy.contains("*"))
    #expect(header("x-content-type-options", response) == "nosniff")
    #expect(header("cache-control", response) == "no-cache")
    #expect(header("strict-transport-security", response) == nil)
    let tag = try #require(header("etag", response))
    let again = try #require(page.response(to: request("/", headers: [("if-none-match", tag)])))
    #expect(again.status == 304)
    #expect(header("content-security-policy", again) == policy)
    let secure = PageFiles(.program, isSecure: true).response(to: request("/"))
    #expect(header("strict-transport-security", secure) == "max-age=31536000")
  }

  @Test func `only a page that browsers trust is parted from those that open it`() {
    func policy(_ host: String, isSecure: Bool) -> String? {
      let page = PageFiles(.program, isSecure: isSecure)
      return header("cross-origin-opener-policy", page.response(to: request("/", headers: [("host", host)])))
    }
    #expect(policy("localhost:8000", isSecure: false) == "same-origin")
    #expect(policy("desk.example:8000", isSecure: true) == "same-origin")
    #expect(policy("desk.example:8000", isSecure: false) == nil)
  }

  @Test func `only GET and HEAD have an answer, and only paths of files`() {
    let page = PageFiles(.program, isSecure: false)
    #expect(page.response(to: request("/operator", "HEAD"))?.status == 200)
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
      let response = page.response(to: request("/embed", method))
      #expect(response?.status == 405)
      #expect(header("allow", response) == "GET, HEAD")
    }
    for path in ["", "/index.html", "/page/index.html", "/page/", "/page", "/page//", "//", "/PAGE", "/embed/", "/x"] {
      #expect(page.response(to: request(path)) == nil, "\(path)")
    }
    #expect(PageFiles(.none, isSecure: false).response(to: request("/")) == nil)
  }

  @Test func `a folder's files are served as they are now, and nothing outside it`() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("index.html", Array("one".utf8))
    _ = try folder.file("notes.txt", Array("secret".utf8))
    let page = PageFiles(.folder(folder.path), isSecure: false)
    #expect(page.response(to: request("/"))?.body == Array("one".utf8))
    _ = try folder.file("index.html", Array("two".utf8))
    _ = try folder.file("new.js", Array("3".utf8))
    for path in ["/", "/embed"] {
      #expect(page.response(to: request(path))?.body == Array("two".utf8), "\(path)")
    }
    #expect(page.response(to: request("/page/new.js"))?.body == Array("3".utf8))
    for path in ["/page/notes.txt", "/notes.txt", "/page/../index.html", "/page/%2e%2e/index.html", "/index"] {
      #expect(page.response(to: request(path)) == nil, "\(path)")
    }
    #expect(PageFiles(.folder("/nowhere"), isSecure: false).response(to: request("/")) == nil)
  }
}
