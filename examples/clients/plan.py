#!/usr/bin/env python3
"""Asks a Shardwell service for a plan, and prints the strategy that it chose. Needs Python 3.8 or later, and nothing else.

    python3 plan.py http://localhost:8080 ../reference.json [seconds to wait before polling]
"""
import json
import sys
import time
import urllib.error
import urllib.request

TIMEOUT_S = 10
ATTEMPTS = 6


def call(method, url, body=None, headers=None):
    """Status, headers and JSON of an answer, whatever its status. Raises OSError where the service cannot be reached."""
    data = None if body is None else json.dumps(body).encode()
    sent = {"Accept": "application/json", "Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data=data, method=method, headers=sent)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            return response.status, response.headers, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, json.load(error)


def plan(base, request, wait_s="3"):
    """The plan of a request. The service answers within `wait_s`, with the plan or with where to ask for it: a request is never open
    for long. Equal requests have equal ids and are planned once, so sending one again is always safe."""
    for attempt in range(ATTEMPTS):
        pause = 0.25 * 2**attempt
        try:
            status, headers, answer = call("POST", base + "/plans", request, {"Prefer": f"respond-async, wait={wait_s}"})
            while status == 202 or answer.get("status") == "planning":
                time.sleep(float(headers.get("Retry-After", 1)))
                status, headers, answer = call("GET", base + answer["links"]["status"])
            if answer.get("status") == "failed":
                answer = answer["problem"]
                raise RuntimeError(f"{answer['title']}: {answer['detail']}")
            if answer.get("status") == "done":
                status, headers, answer = call("GET", base + answer["links"]["plan"])
            if status in (200, 201):
                return answer
            # Busy, or the replica that knew the plan is gone: both pass. Anything else is for the caller to mend.
            if status not in (404, 429, 502, 503, 504):
                raise RuntimeError(json.dumps(answer, indent=2))
            pause = float(headers.get("Retry-After", pause))
        except (OSError, ValueError) as error:
            print(f"trying again: {error}", file=sys.stderr)
        time.sleep(pause)
    raise RuntimeError(f"no answer in {ATTEMPTS} attempts")


def main():
    base, path, *wait_s = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        answer = plan(base, json.load(file), *wait_s)
    if answer["status"] == "infeasible":
        print("infeasible:", "; ".join(remedy["change"] for remedy in answer["remedies"]) or "and nothing would mend it")
    else:
        print(answer["strategy"]["name"], answer["verification"]["verdict"])


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        sys.exit(str(error))
