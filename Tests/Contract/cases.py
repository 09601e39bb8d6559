"""The list every module of cases adds to."""
CASES = []


def case(name, group="service"):
    """Registers `async def f(server)` as a case; the name is a sentence, unique."""
    def register(function):
        assert all(name != known for known, _, _ in CASES), name
        CASES.append((name, group, function))
        return function
    return register
