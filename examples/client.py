#!/usr/bin/env python3
"""Asks a council and follows the run:  client.py SOCKET COUNCIL QUESTION"""
import json
import socket
import sys

with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    lines = connection.makefile("rw", encoding="utf-8", newline="\n")
    print(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "run.start", "params": {
        "council": sys.argv[2], "input": sys.argv[3], "subscribe": True, "monitor": True}}), file=lines, flush=True)
    for message in map(json.loads, lines):
        if "error" in message:
            sys.exit(json.dumps(message["error"], indent=2))
        if message.get("method") == "run.event":
            event = message["params"]["event"]
            print(event["seq"], event["type"], event.get("member_id") or event.get("name") or "")
            if event["type"] in ("run_completed", "run_failed"):
                result = event["result"]
                print(result["outcome"], result["heard"], (result["final"] or {}).get("content"), sep="\n")
        if message.get("method") == "run.down":
            sys.exit(message["params"]["outcome"] != "complete")
