"""Health check of a container: asks the API server how one part of Airflow is (`healthy.py scheduler`)."""

import json
import sys
import urllib.request

part = sys.argv[1]
with urllib.request.urlopen("http://api-server:8080/api/v2/monitor/health", timeout=15) as answer:
    status = (json.load(answer).get(part) or {}).get("status")
sys.exit(0 if status == "healthy" else f"{part} is {status}")
