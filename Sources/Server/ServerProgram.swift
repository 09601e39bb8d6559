@main struct ServerProgram {
  static func main() {}
}
