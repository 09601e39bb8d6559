import Dialects
import JSON
import Platform
import Recognition
import Support
import Testing
import Web

@testable import Server

struct APIDescriptionsTests {
  private func document(_ name: String) throws -> JSONValue {
    let response = try #require(
      APIDescriptions.response(to: HTTPRequest(method: "GET", path: "/api/audio/\(name).json")))
    #expect(response.status == 200 && response.contentType == "application/json")
    return try JSONValue(parsing: response.body)
  }

  @Test func `the program has both, as they are in the folder, and of this version`() throws {
    let folder = "\(TextFile.repository)/Sources/CPage/api"
    #expect(EmbeddedFiles.descriptions.map(\.name).sorted() == TextFile.names(in: folder).sorted())
    for file in EmbeddedFiles.descriptions { #expect(TextFile.bytes("\(folder)/\(file.name)") == file.bytes) }
    for name in ["openapi", "asyncapi"] {
      #expect(try document(name)["info"]?["version"]?.string == serviceVersion)
    }
  }

  @Test func `every path of the server is described, and no other`() throws {
    guard case .object(let members)? = try document("openapi")["paths"] else { throw TestFailure("no paths") }
    let described = members.map(\.key)
    let dialects = DialectList(DialectList.others.map(\.name))
    let own = ["/api/audio/health", "/api/audio/ready", "/api/audio/engines", "/api/audio/stats", "/api/audio/streams"]
    #expect(Set(own + ["/metrics", NativeDialect.streamPath] + APIDescriptions.paths).isSubset(of: described))
    for path in described.map({ $0.replacing(/\{.*\}/, with: "x") }) {
      let isOwn =
        Endpoints.answer(HTTPRequest(method: "GET", path: path), engines: .mock(andSpeech: .ready)).status != 404
      let isKnown =
        isOwn || path == "/metrics" || own.contains(path) || APIDescriptions.paths.contains(path)
        || dialects.dialect(serving: path) != nil || dialects.uploads(to: path) != nil
      #expect(isKnown, "\(path)")
    }
  }

  @Test func `the query of a stream is the same in both`() throws {
    let parameters = try document("openapi")["paths"]?[NativeDialect.streamPath]?["get"]?["parameters"]?.array ?? []
    let bindings = try document("asyncapi")["channels"]?["stream"]?["bindings"]?["ws"]?["query"]?["properties"]
    guard case .object(let members)? = bindings else { throw TestFailure("no query") }
    #expect(parameters.compactMap { $0["name"]?.string } + ["token"] == members.map(\.key))
    for parameter in parameters {
      let name = try #require(parameter["name"]?.string)
      let other = try #require(bindings?[name])
      for key in ["type", "minimum", "maximum", "pattern"] {
        #expect(parameter["schema"]?[key] == other[key], "\(name)")
      }
    }
  }

  @Test func `another path is none of theirs`() {
    #expect(APIDescriptions.response(to: HTTPRequest(method: "GET", path: "/api/audio/openapi")) == nil)
  }
}
