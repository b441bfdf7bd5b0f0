"""The JSON Schema (draft-07) of the file as a person writes it, for editors: `openclaw config schema`.

It is made from the structs, which describe the loaded form; the forms that only the file knows are added here.
"""

import msgspec

from openclaw_gateway.config.schema import Config, ModelChoice, NoEffect, Secret, SecretRef
from openclaw_gateway.config.schema.models import Proxy

_ABOUT = "The configuration of an OpenClaw gateway: all keys are optional, and what is not said has its default."
DRAFT = "http://json-schema.org/draft-07/schema#"
Schema = dict[str, object]


def _anything(_: type) -> Schema:
    return {"description": "Anything."}


_REF = "#/definitions/{name}"
_OR_TEXT = (ModelChoice.__name__, Proxy.__name__)
_SECRET_FORMS = [{"type": "string"}, {"$ref": _REF.format(name=SecretRef.__name__)}]
_INCLUDE = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_SECRET = msgspec.json.schema(Secret)
_NOTHING = msgspec.json.schema(NoEffect, schema_hook=_anything)


def json_schema() -> Schema:
    """The schema of a whole file."""
    _, components = msgspec.json.schema_components((Config, SecretRef), schema_hook=_anything, ref_template=_REF)
    definitions = {name: _for_file(definition) for name, definition in components.items()}
    for name in _OR_TEXT:
        definitions[name] = {"anyOf": [{"type": "string"}, definitions[name]]}
    root = definitions.pop(Config.__name__)
    root = root if isinstance(root, dict) else {}
    return {"$schema": DRAFT, **root, "description": _ABOUT, "definitions": definitions}


def _for_file(schema: object) -> object:
    """A schema without what only the loaded form has, and with what only the file has."""
    if isinstance(schema, list):
        return [_for_file(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("description") == _SECRET["description"]:
        return {**_SECRET, "type": ["string", "object"], "anyOf": _SECRET_FORMS}
    if schema.get("description") == _NOTHING["description"]:
        return _NOTHING
    # Editors show a default; null and whole objects as defaults are ours alone.
    kept = {key: _for_file(value) for key, value in schema.items() if key != "default" or _is_shown(value)}
    options = kept.get("anyOf")
    if isinstance(options, list):
        options = [option for option in options if option != {"type": "null"}]
        kept["anyOf"] = options
        if len(options) == 1:
            del kept["anyOf"]
            kept = {**options[0], **kept} if "$ref" not in options[0] else options[0]
    if "properties" in kept and isinstance(kept["properties"], dict):
        kept["properties"] = {"$include": _INCLUDE, **kept["properties"]}
        # What is required may stand in the included file.
        kept.pop("required", None)
    return kept


def _is_shown(default: object) -> bool:
    return default is not None and default not in ([], {}) and not isinstance(default, dict)
