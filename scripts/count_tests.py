#!/usr/bin/env python3
"""Counts what the tests of build folders gave; its last line is "N passed, N failed", alone.

    count_tests.py BUILD_DIR...

Reads BUILD_DIR/tests.xml, which ctest wrote, and for each of its googletest shards (unit.<i>,
unit.<set>.<i>) that shard's own BUILD_DIR/tests/<name>.xml. Failed and skipped tests are named above
the count. Exits 1 if a test failed, a run broke off (its file is missing or old) or nothing ran.
"""
import collections
import re
import sys
import xml.etree.ElementTree as xml
from pathlib import Path


class Count:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = collections.Counter()  # by reason

    def add_build(self, folder):
        try:
            cases = list(xml.parse(folder / "tests.xml").getroot().iter("testcase"))
        except (OSError, xml.ParseError):
            self.failed.append(f"{folder}: the build or its tests broke off")
            return
        for case in cases:
            shard = folder / "tests" / f"{case.get('name')}.xml"
            if not re.fullmatch(r"unit\.(\w+\.)?\d+", case.get("name")) or not self.add_shard(case, shard):
                self.add_ctest(case)

    def add_shard(self, case, path):
        """Counts a shard's tests one by one; False if it did not come to its end."""
        try:
            cases = xml.parse(path).getroot().iter("testcase")
        except (OSError, xml.ParseError):
            return False
        failed = len(self.failed)
        for test in cases:
            name = f"{test.get('classname')}.{test.get('name')}"
            if test.find("failure") is not None:
                self.failed.append(name)
            elif test.get("result") == "skipped":
                reason = " ".join((test.find("skipped").get("message") or "").split("\n")[1:])
                self.skipped[reason.strip() or name] += 1
            elif test.get("status") == "run":
                self.passed += 1
        # All tests passed and yet the process failed: at exit, or in a sanitizer's report.
        return len(self.failed) > failed or case.get("status") == "run"

    def add_ctest(self, case):
        name, output = case.get("name"), case.findtext("system-out") or ""
        if case.find("skipped") is not None or case.get("status") == "disabled":
            self.skipped[name] += 1
        elif case.get("status") == "run":
            self.passed += 1
        else:
            running = re.findall(r"^\[ RUN +\] (\S+)", output, re.M)
            self.failed.append(name + (f", in or after {running[-1]}" if running else ""))


def main():
    count = Count()
    for folder in sys.argv[1:]:
        count.add_build(Path(folder))
    for reason, times in count.skipped.items():
        print(f"SKIPPED {times}: {reason}")
    for name in count.failed:
        print(f"FAILED {name}")
    print(f"{count.passed} passed, {len(count.failed)} failed")
    return 1 if count.failed or not count.passed else 0


if __name__ == "__main__":
    sys.exit(main())
