"""What attackers type: short lists of the usual shapes, each kept because it means something to some parser."""

from __future__ import annotations

SQL = [
    "' or '1'='1",
    "'; drop table access.account; --",
    "1 union select password_hash from access.account",
    "admin'--",
    "\\x27 or 1=1",
    "$$;select pg_sleep(9)$$",
]
SCRIPT = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{7*7}}", "<svg/onload=alert(1)>", "${7*7}"]
PATHS = ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "....//....//etc/passwd", "/etc/passwd", "C:\\windows\\win.ini", "file:///etc/passwd"]
HEADERS = ["x\r\nSet-Cookie: a=b", "/account\r\nLocation: https://evil.example", "//evil.example", "https://evil.example/", "/\\evil.example"]
ODD = ["\x00", "A" * 5000, "🀄" * 50, "\u202eadmin", "-1e999", "null", "[]", '{"$ne":null}', "%00", "NaN", "ＡＤＭＩＮ"]
KINDS = (SQL, SCRIPT, PATHS, HEADERS, ODD)
ALL = [text for kind in KINDS for text in kind]
