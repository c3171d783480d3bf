"""Has a rotation function wait for the test after each step, with a child beside
it that goes on by itself."""
import os
import subprocess
import urllib.request

import lambda_function


def handler(event, context):
    lambda_function.lambda_handler(event, context)
    subprocess.Popen(["sleep", os.environ["SECONDS"]], start_new_session=True)
    urllib.request.urlopen(os.environ["GATE"] + "/" + event["Step"]).read()
