/// How a line of the log is written.
public enum LogFormat: String, CaseIterable, Sendable { case text, json }
