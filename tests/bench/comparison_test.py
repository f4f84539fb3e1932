"""Tests of the comparison table's arithmetic: python3 tests/bench/comparison_test.py"""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
import comparison  # noqa: E402

LIMITS = {"threads": 1, "gflops": 100.0, "l2_gbs": 200.0, "l3_gbs": 100.0, "dram_gbs": 10.0,
          "l2_bytes": 1 << 20, "l3_bytes": 32 << 20, "simd": "AVX2+FMA"}


def case(name="mm_16", flops=0.0, size=0.0):
    return {"case": name, "what": "x", "flops": flops, "bytes": size, "tolerance": 1e-4}


def outputs(*values):
    return [{"count": len(values), "sum": sum(values), "sum_abs": sum(map(abs, values)),
             "sum_sq": sum(v * v for v in values), "elements": list(values)}]


class Rows(unittest.TestCase):
    def test_ratio_is_against_the_better_of_the_two_libtorch_times(self):
        row = comparison.make_row(case(flops=1e5), 1, {"customtensor": [2.0], "libtorch": [9.0],
                                                       "libtorch_tuned": [3.0]}, LIMITS)
        self.assertEqual(row["ratio"], 1.5)

    def test_time_of_a_program_is_the_median_of_its_rounds(self):
        row = comparison.make_row(case(flops=1e5), 1, {"customtensor": [5.0, 1.0, 2.0]}, LIMITS)
        self.assertEqual(row["customtensor_us"], 2.0)

    def test_rounds_that_differ_much_are_called_unsteady(self):
        times = {"customtensor": [1.0, 1.1, 1.0], "libtorch": [1.0, 2.0, 1.0]}
        self.assertTrue(comparison.unsteady(times))
        self.assertFalse(comparison.unsteady({"customtensor": [1.0, 1.1], "libtorch": []}))

    def test_without_libtorch_there_is_no_ratio(self):
        row = comparison.make_row(case(flops=1e5), 1, {"customtensor": [2.0]}, LIMITS)
        self.assertIsNone(row["ratio"])
        self.assertIsNone(row["libtorch_us"])

    def test_share_of_the_limit_uses_what_binds(self):
        row = comparison.make_row(case(flops=1e5, size=1000.0), 1, {"customtensor": [2.0]}, LIMITS)
        self.assertAlmostEqual(row["percent_of_limit"], 50.0)  # 1e5 flop at 100 GFLOP/s: 1 µs
        self.assertEqual(row["limit"], "flop")

    def test_memory_level_follows_from_the_bytes(self):
        self.assertEqual(comparison.bandwidth(LIMITS, 1 << 20)[1], "L2")
        self.assertEqual(comparison.bandwidth(LIMITS, 12 << 20)[1], "L3")
        self.assertEqual(comparison.bandwidth(LIMITS, 64 << 20)[1], "DRAM")


    def test_custom_gpu_stands_beside_cpu_where_it_was_measured(self):
        with_device = comparison.make_row(
            case(flops=1e5), 2, {"customtensor": [2.0], "custom_gpu": [3.0]}, LIMITS)
        without = comparison.make_row(case(flops=1e5), 1, {"customtensor": [2.0]}, LIMITS)
        self.assertIn("custom_gpu 3 µs, 1.50", comparison.note(with_device))
        self.assertNotIn("custom_gpu", comparison.note(without))
        table = comparison.device_table([without, with_device], "a device", 2)
        self.assertEqual(table[-1], "| mm_16 | 2 | 3 | 1.50 |")
        self.assertEqual(comparison.device_table([without], "a device", 2), [])


class Agreement(unittest.TestCase):
    def test_equal_outputs_agree(self):
        self.assertIsNone(comparison.disagreement(outputs(1, -2), outputs(1, -2), 1e-6))

    def test_rounding_within_the_tolerance_agrees(self):
        self.assertIsNone(comparison.disagreement(outputs(1, -2), outputs(1.00001, -2), 1e-4))

    def test_another_element_is_named(self):
        self.assertIn("output 0", comparison.disagreement(outputs(1, -2), outputs(1, -1), 1e-4))

    def test_not_a_number_never_agrees(self):
        nan = float("nan")
        self.assertIsNotNone(comparison.disagreement(outputs(nan), outputs(nan), 1e-4))

    def test_another_number_of_elements_never_agrees(self):
        self.assertIn("elements", comparison.disagreement(outputs(1), outputs(1, 0), 1e-4))


class Tables(unittest.TestCase):
    def row(self, ours, theirs, name="mm_16", error=None):
        return comparison.make_row(case(name, flops=1e5), 1,
                                   {"customtensor": [ours], "libtorch": [theirs]}, LIMITS, error)

    def test_slower_rows_are_marked(self):
        self.assertEqual(comparison.note(self.row(2.0, 1.0)), "slower")
        self.assertIn("**0.50**", "\n".join(
            comparison.markdown_table([self.row(2.0, 1.0)], {"mm_16": case()})))

    def test_failed_rows_are_marked(self):
        row = self.row(1.0, 2.0, error="results differ")
        self.assertEqual(comparison.note(row), "FAILED: results differ")

    def test_summary_gives_the_geometric_mean(self):
        text = comparison.summary([self.row(1.0, 2.0), self.row(2.0, 1.0)])[0]
        self.assertIn("1 of 2 rows", text)
        self.assertIn("1.00x", text)

    def test_whole_steps_come_first_in_the_page(self):
        rows = [self.row(1.0, 2.0), self.row(1.0, 2.0, "step_mlp")]
        page = comparison.markdown(rows, {"mm_16": case(), "step_mlp": case()}, ["Processor: x"],
                                   {1: LIMITS}, "How.")
        self.assertLess(page.index("step_mlp"), page.index("mm_16"))


if __name__ == "__main__":
    unittest.main()
