"""Runs one case and prints its result, for all programs here that have cases."""
import asyncio
import time
import traceback


async def passes(name, case, patience_s, longest=600):
    """Awaits the case; gives whether it passed, the seconds it took, and its name."""
    begin = time.monotonic()
    try:
        await asyncio.wait_for(case, patience_s)
        print(f"ok - {name}", flush=True)
        is_ok = True
    except Exception as error:  # whatever went wrong is this case's result
        where = traceback.extract_tb(error.__traceback__)[-1]
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:longest]
        print(f"not ok - {name}: {reason} ({where.filename.rsplit('/', 1)[-1]}:{where.lineno})", flush=True)
        is_ok = False
    return is_ok, time.monotonic() - begin, name
