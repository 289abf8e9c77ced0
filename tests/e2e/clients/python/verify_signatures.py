"""Recomputes the AWS signatures of recorded requests with botocore: one JSON line per request, in the same order.

Reads from standard input, one JSON line each: `method`, `url`, `headers`, `body`, `secret`.
"""

import json
import re
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def check(request):
    headers = request["headers"]
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/aws4_request, "
        r"SignedHeaders=([^,]+), Signature=([0-9a-f]{64})",
        headers.get("authorization", ""),
    )
    if found is None:
        return "no signature of AWS"
    key, region, service, names, signature = found.groups()
    credentials = Credentials(key, request["secret"])
    signed = {name: headers[name] for name in names.split(";") if name not in ("x-amz-date", "host")}
    sent = AWSRequest(
        method=request["method"], url=request["url"], headers=signed, data=request["body"].encode()
    )
    signer = botocore.auth.SigV4Auth(credentials, service, region)
    # The time of the recorded request, which the signer would take from the clock.
    sent.context["timestamp"] = headers["x-amz-date"]
    sent.headers["X-Amz-Date"] = headers["x-amz-date"]
    text = signer.string_to_sign(sent, signer.canonical_request(sent))
    return "ok" if signer.signature(text, sent) == signature else "another signature"


for line in sys.stdin:
    print(json.dumps({"signature": check(json.loads(line))}), flush=True)
