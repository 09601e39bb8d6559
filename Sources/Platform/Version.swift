/// The version all programs of this package tell.
public let serviceVersion = "1.0.0"
