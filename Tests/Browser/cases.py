"""The list every module of cases adds to."""
CASES = []


def case(name, group="quick", speech=True):
    """Registers `async def f(world)` as a case; the name is a sentence, unique. Groups: quick, long, firefox, axe."""
    def register(function):
        assert all(name != known for known, *_ in CASES), name
        CASES.append((name, group, speech, function))
        return function
    return register
