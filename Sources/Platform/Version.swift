/// The version of all programs of this package.
public let serviceVersion = "1.0.0"
