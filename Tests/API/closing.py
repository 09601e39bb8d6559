"""Schemas that allow no key that they do not describe.

The published ones do: objects may gain keys in later versions. A test is to notice a key that was forgotten.
"""


def closed(schema):
    """A copy of everything below `schema` whose objects have no further keys."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: closed(value) for key, value in schema.items()}
    if copy.get("type") == "object" and isinstance(copy.get("properties"), dict):
        copy.setdefault("additionalProperties", False)
    return copy
