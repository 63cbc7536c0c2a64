"""The admin function, as small as it can be and still need its layer."""

import os

from sendlib import answer


def run(event, context):
    path = event.get("rawPath", "/")
    if path == "/info/health":
        return answer(200, {"status": "ok", "version": os.environ.get("SENDFORM_VERSION", "")})
    if path == "/info/settings":
        names = [name for name in os.environ if "__" in name]
        return answer(200, {"function": context.function_name, "settings": sorted(names)})
    return answer(404, {"status": "not found"})
