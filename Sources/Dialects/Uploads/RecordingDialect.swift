public import Web

/// Speaks of a recording that the server brings to its session: a decoded file, or one of a Wyoming client. The
/// messages are the audio, and an empty text at its end.
public protocol RecordingDialect: SessionDialect {
  /// As `DialectPolicy.name`.
  static var name: String { get }
}

extension RecordingDialect {
  public static var policy: DialectPolicy {
    DialectPolicy(name: name, acknowledges: false, isResumable: false, textLimitBytes: 0, credentials: [])
  }

  public mutating func receive(
    _ message: ClientMessage, _ engines: @autoclosure () -> EngineList, to output: any DialectOutput
  ) -> ClientEvent? {
    switch message {
    case .binary(let bytes): .audio(bytes)
    case .text: .stop
    }
  }
}

/// A part of the response to an upload.
public enum ResponsePart: Equatable, Sendable {
  case whole(HTTPResponse)
  /// A head whose body follows in pieces, up to `end`.
  case head(HTTPResponse)
  case piece([UInt8])
  case end
}
