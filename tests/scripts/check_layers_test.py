"""Feeds small good and bad trees to scripts/check_layers.py."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
sys.dont_write_bytecode = True
import check_layers  # noqa: E402

PUBLIC = {
    "include/customtensor/backend.hpp": "#include <vector>\n",
    "include/customtensor/tensor.hpp": '#include "customtensor/backend.hpp"\n',
    "include/customtensor/autograd.hpp": '#include "customtensor/tensor.hpp"\n',
    "include/customtensor/ops/matmul.hpp": '#include "customtensor/tensor.hpp"\n',
    "include/customtensor/nn/linear.hpp": '#include "customtensor/tensor.hpp"\n',
    "src/core/tensor/tensor_impl.hpp": '#include "customtensor/tensor.hpp"\n',
    "src/core/memory/storage.hpp": '#include "customtensor/backend.hpp"\n',
}


NO_OPENING = "opens without a comment on what it is"


def errors_of(files, openings=False):
    """What is wrong with PUBLIC and `files`, which are too short to open with a comment."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**PUBLIC, **files}.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        tree = check_layers.Tree(folder)
        tree.check()
        return [e for e in tree.errors if openings or NO_OPENING not in e]


class CheckLayers(unittest.TestCase):
    def assert_refused(self, file, text, place, words):
        errors = errors_of({file: text})
        self.assertEqual(len(errors), 1, errors)
        self.assertTrue(errors[0].startswith(f"{file}:{place}: error: "), errors[0])
        self.assertIn(words, errors[0])

    def test_accepts_a_good_tree(self):
        self.assertEqual(errors_of({
            "src/ops/matmul/matmul.cpp": '#include "customtensor/ops/matmul.hpp"\n'
                                  '#include <fmt/format.h>\n#include "core/tensor/tensor_impl.hpp"\n',
            "src/backend_cpu/simd/gemm.cpp": '#include "hwy/highway.h"\n#include "gemm-inl.hpp"\n',
            "src/backend_cpu/simd/gemm-inl.hpp": "#include <cstdint>\n",
            "src/backend_cpu/runtime/parallel.cpp": "#include <omp.h>\n#pragma omp parallel\n",
            "src/builtin.cpp": '#include "backend_cpu/cpu_backend.hpp"\n',
            "src/backend_cpu/cpu_backend.hpp": '#include "customtensor/backend.hpp"\n',
            "tests/nn/linear_test.cpp": '#include <gtest/gtest.h>\n#include "tolerance.hpp"\n',
            "tests/tolerance.hpp": "#include <cmath>\n",
        }), [])

    def test_refuses_third_party_in_a_public_header(self):
        self.assert_refused("include/customtensor/shape.hpp", "#pragma once\n#include <fmt/core.h>\n",
                            2, "no third-party include")

    def test_refuses_a_private_header_in_a_public_one(self):
        self.assert_refused("include/customtensor/shape.hpp", '#include "core/memory/storage.hpp"\n', 1,
                            "must not include the private")

    def test_refuses_core_that_knows_ops(self):
        self.assert_refused("src/core/tensor/tensor.cpp", '\n#include "customtensor/ops/matmul.hpp"\n', 2,
                            "core must not know ops")

    def test_refuses_autograd_that_names_an_op(self):
        self.assert_refused("src/autograd/engine.cpp", '#include "customtensor/ops/matmul.hpp"\n', 1,
                            "autograd must not know ops")

    def test_refuses_ops_that_know_layers(self):
        self.assert_refused("src/ops/norm/loss.cpp", '#include "customtensor/nn/linear.hpp"\n', 1,
                            "ops must not know nn")

    def test_refuses_layers_that_look_inside(self):
        self.assert_refused("src/nn/linear.cpp", '#include "core/tensor/tensor_impl.hpp"\n', 1,
                            "nn must not see the inside of core")

    def test_refuses_highway_outside_of_simd(self):
        self.assert_refused("src/backend_cpu/matmul/gemm.cpp", '#include "hwy/highway.h"\n', 1,
                            "may only be included under src/backend_cpu/simd/")

    def test_refuses_openmp_outside_of_parallel(self):
        self.assert_refused("src/backend_cpu/reduce/reduce.cpp", "\n\n  #pragma omp parallel for\n", 3,
                            "OpenMP belongs to")
        self.assert_refused("src/backend_cpu/reduce/reduce.cpp", "#include <omp.h>\n", 1,
                            "may only be included under src/backend_cpu/runtime/parallel.cpp")

    def test_refuses_a_backend_that_knows_tensor(self):
        self.assert_refused("src/backend_cpu/reduce/reduce.cpp", '#include "customtensor/tensor.hpp"\n', 1,
                            "must not know customtensor/tensor.hpp")

    def test_refuses_a_backend_that_reaches_tensor_through_another_header(self):
        middle = {"src/core/middle.hpp": '#include "customtensor/tensor.hpp"\n'}
        errors = errors_of({**middle, "src/backend_cpu/a.cpp": '\n#include "core/middle.hpp"\n'})
        self.assertEqual(errors, ["src/backend_cpu/a.cpp:2: error: a backend must not know "
                                  "customtensor/tensor.hpp (included through core/middle.hpp)"])

    def test_refuses_an_unknown_dependency(self):
        self.assert_refused("src/io/png.cpp", "#include <png.h>\n", 1, "a new dependency")

    def test_refuses_programs_that_look_inside(self):
        self.assert_refused("apps/ct-train/main.cpp", '#include "train/chart.hpp"\n', 1,
                            "private to src/")

    def test_refuses_a_missing_public_header(self):
        self.assert_refused("src/nn/linear.cpp", '#include "customtensor/none.hpp"\n', 1,
                            "there is no public header")

    def test_refuses_a_huge_file(self):
        self.assert_refused("src/nn/linear.cpp", "//\n" * 601, 601, "more than 600")

    def test_refuses_a_folder_of_too_many_files(self):
        errors = errors_of({f"src/io/reader_{i}.cpp": "" for i in range(41)})
        self.assertEqual(errors, ["src/io:1: error: 41 files, more than 40; cut the folder by family"])

    def test_refuses_a_room_that_is_no_family(self):
        self.assert_refused("src/ops/sums/reduce.cpp", "", 1, "src/ops has no room 'sums'")
        self.assert_refused("tests/ops/sums/reduce_test.cpp", "", 1, "tests/ops has no room 'sums'")
        self.assert_refused("kernels/sums/reduce.cl", "", 1, "kernels has no room 'sums'")

    def test_each_file_opens_with_a_comment(self):
        errors = errors_of({"src/nn/linear.cpp": "#include <vector>\n", "src/nn/conv.cpp": "",
                            "src/nn/pool.cpp": "// Pooling.\n", "kernels/conv/pool.cl": "/* Likewise. */\n",
                            "tests/nn/tool.py": "import sys\n"}, openings=True)
        places = [e.split(":")[0] for e in errors if NO_OPENING in e and e.split(":")[0] not in PUBLIC]
        self.assertEqual(places, ["src/nn/conv.cpp", "src/nn/linear.cpp"])

    def test_the_environment_is_read_in_one_place(self):
        read = 'const char* value = std::getenv("CT_X");\n'
        self.assert_refused("src/ops/matmul/matmul.cpp", read, 1, "the environment")
        self.assert_refused("apps/ct-train/main.cpp", read, 1, "the environment")
        self.assertEqual(errors_of({"src/core/settings.cpp": read,
                                    "tests/support/devices.cpp": read}), [])

    def test_every_room_may_see_the_settings(self):
        self.assertEqual(errors_of({"src/train/data_source.cpp": '#include "core/settings.hpp"\n',
                                    "src/core/settings.hpp": "#include <string>\n"}), [])

    def test_some_rooms_may_see_a_header_that_is_shared_with_them(self):
        reader = {"src/io/json_reader.hpp": "#include <string>\n"}
        include = '#include "io/json_reader.hpp"\n'
        self.assertEqual(errors_of({**reader, "src/train/run/state.cpp": include}), [])
        self.assertEqual(errors_of({**reader, "src/nn/state.cpp": include}),
                         ["src/nn/state.cpp:1: error: nn must not see the inside of io "
                          "(io/json_reader.hpp)"])

    def test_an_empty_tree_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(check_layers.Tree(folder).lines, {})


if __name__ == "__main__":
    unittest.main()
