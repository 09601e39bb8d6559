@main struct ClientProgram {
  static func main() {}
}
