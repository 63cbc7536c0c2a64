"""Runs command lines of the AWS CLI in one process: it takes longer to start than to
make a call. Each line of the input is a list of arguments in JSON; the answer is a line
with the exit code and all that was printed."""

import json
import os
import sys
import tempfile

from awscli.clidriver import create_clidriver

answers = os.fdopen(os.dup(1), "w")
for line in sys.stdin:
    with tempfile.TemporaryFile() as printed:
        # Some commands write past Python's own streams.
        os.dup2(printed.fileno(), 1)
        os.dup2(printed.fileno(), 2)
        try:
            code = create_clidriver().main(json.loads(line))
        except SystemExit as e:
            code = e.code
        sys.stdout.flush()
        sys.stderr.flush()
        printed.seek(0)
        output = printed.read().decode()
    answers.write(json.dumps({"code": code, "output": output}) + "\n")
    answers.flush()
