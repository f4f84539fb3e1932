"""Counts small result files with scripts/count_tests.py."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
sys.dont_write_bytecode = True
from count_tests import Count  # noqa: E402

PASSING_SHARD = """<testsuites><testsuite>
  <testcase name="A" status="run" result="completed" classname="S"/>
  <testcase name="B" status="run" result="completed" classname="S"/>
  <testcase name="C" status="notrun" result="suppressed" classname="S"/>
  <testcase name="D" status="run" result="skipped" classname="S">
    <skipped message="file.cpp:3&#x0A;DEVICE MISSING: npu"/></testcase>
</testsuite></testsuites>"""
FAILING_SHARD = PASSING_SHARD.replace('name="B" status="run" result="completed" classname="S"/>',
                                      'name="B" status="run" classname="S"><failure/></testcase>')


def counted(cases, shard=None):
    with tempfile.TemporaryDirectory() as folder:
        if cases is not None:
            Path(folder, "tests.xml").write_text(f"<testsuite>{cases}</testsuite>")
        Path(folder, "tests").mkdir()
        if shard is not None:
            Path(folder, "tests/unit.0.xml").write_text(shard)
        count = Count()
        count.add_build(Path(folder))
        return count


class CountTests(unittest.TestCase):
    def test_counts_the_tests_inside_a_shard(self):
        count = counted('<testcase name="unit.0" status="run"/>', PASSING_SHARD)
        self.assertEqual((count.passed, count.failed), (2, []))
        self.assertEqual(dict(count.skipped), {"DEVICE MISSING: npu": 1})

    def test_names_a_failed_test_of_a_shard(self):
        count = counted('<testcase name="unit.0" status="fail"><failure/></testcase>', FAILING_SHARD)
        self.assertEqual((count.passed, count.failed), (1, ["S.B"]))

    def test_a_shard_that_fails_after_its_last_test_is_a_failure(self):
        count = counted('<testcase name="unit.0" status="fail"><failure/></testcase>', PASSING_SHARD)
        self.assertEqual((count.passed, count.failed), (2, ["unit.0"]))

    def test_a_shard_that_crashed_names_the_test_that_ran(self):
        count = counted('<testcase name="unit.0" status="fail"><failure/><system-out>'
                        '[ RUN      ] S.A\n[       OK ] S.A\n[ RUN      ] S.B\n</system-out>'
                        '</testcase>')
        self.assertEqual((count.passed, count.failed), (0, ["unit.0, in or after S.B"]))

    def test_counts_checks(self):
        count = counted('<testcase name="check.a" status="run"/>'
                        '<testcase name="check.b" status="fail"><failure/></testcase>'
                        '<testcase name="check.c" status="notrun"/>')
        self.assertEqual((count.passed, count.failed), (1, ["check.b", "check.c"]))

    def test_a_build_without_results_is_a_failure(self):
        self.assertEqual(len(counted(None).failed), 1)


if __name__ == "__main__":
    unittest.main()
