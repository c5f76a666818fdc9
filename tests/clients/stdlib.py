"""Asks a server with Python's standard library alone: python3 stdlib.py URL. An API token in TOKEN is sent with each request."""

import json
import os
import sys
import urllib.error
import urllib.request

URL = sys.argv[1]
LOGIN = {"Authorization": "Bearer " + os.environ["TOKEN"]} if "TOKEN" in os.environ else {}
TAGS = """query ($after: String) {
  tags(first: 200, after: $after, filter: { confidence: { from: 0.8 } }) {
    totalCount nodes { uuid technique { name } attacker { ip } } pageInfo { hasNextPage endCursor } } }"""


def ask(query, **variables):
    body = json.dumps({"query": query, "variables": variables}).encode()
    request = urllib.request.Request(URL, body, {"Content-Type": "application/json", "Accept": "application/graphql-response+json", **LOGIN})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        return json.load(answer)


def walk():
    """Returns the keys of all tags of a list, and how many there are."""
    keys, after = [], None
    while True:
        page = ask(TAGS, after=after)["data"]["tags"]
        keys += [tag["uuid"] for tag in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return keys, page["totalCount"]
        after = page["pageInfo"]["endCursor"]


keys, total = walk()
assert len(keys) == len(set(keys)) == total > 200, (len(keys), total)
print(f"ok      Python walks through all {total} tags of a filter, each once")
errors = ask("{ tags(first: 1000) { totalCount } }")["errors"]
assert errors[0]["extensions"]["code"] == "BAD_USER_INPUT", errors
print("ok      Python gets an error with its code")
try:
    ask("{ tags")
    raise AssertionError("a malformed document was answered")
except urllib.error.HTTPError as error:
    assert error.code == 400, error
print("ok      Python gets status 400 for a malformed document")
