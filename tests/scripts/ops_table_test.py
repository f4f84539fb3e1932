"""Reads small headers and tables with scripts/public_ops.py and scripts/ops_table.py."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
sys.dont_write_bytecode = True
from ops_table import (family_errors, load_exceptions, markdown, page_errors, row_errors,  # noqa: E402
                       types_cell)
from public_ops import public_ops  # noqa: E402

HEADER = """
namespace ct {
/// add(a, b): not a declaration.
CT_API Tensor add(const Tensor& a, const Axes& axes = {}, int b = f(1));
inline Tensor cat(std::initializer_list<Tensor> all) { return cat(std::span(all.begin(), 1)); }
template <class T>
requires std::is_arithmetic_v<T> Tensor tensor(T value) { return from(&value); }
inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
enum class Mode { none, tanh };
struct Options { int64_t stride = 1; bool fits(int x) const { return x > 0; } };
using Fn = std::function<Tensor(const Tensor&)>;
extern const int kLimit;
namespace detail { int hidden(int x); }
namespace linalg { CT_API std::pair<Tensor, Tensor> qr(const Tensor& a); }
}  // namespace ct
"""
CLASSES = """
namespace ct {
class CT_API Tensor : public Methods {
 public:
  Tensor() = default;
  ~Tensor() { release(); }
  Tensor& operator=(const Tensor& other) noexcept { return *this; }
  explicit operator bool() const { return true; }
  template <class T>
  T item() const { return item_scalar().template to<T>(); }
  Tensor& zero_() { return fill_(0); }
  Tensor add() const;
 private:
  void release() noexcept;
};
}
"""
METHODS = "namespace ct { class CT_API Methods { public: Tensor neg() const; }; }"


def ops_of(**headers):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in headers.items():
            path = Path(folder, name.replace("__", "/") + ".hpp")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return public_ops(folder)


def on(gradient=(), dtypes=("float32",)):
    return {"forward": [], "gradient": gradient, "double gradient": None, "dtypes": dtypes}


def table(**ops):
    return {"devices": ["cpu"], "ops": {op: {"variants": [], "devices": {"cpu": facts}}
                                        for op, facts in ops.items()}}


class PublicOpsTests(unittest.TestCase):
    def test_reads_functions_of_the_namespace_and_no_others(self):
        self.assertEqual(ops_of(ops__a=HEADER), {"add": "ops/a.hpp", "cat": "ops/a.hpp",
                                                 "tensor": "ops/a.hpp", "linalg::qr": "ops/a.hpp"})

    def test_reads_names_in_parentheses(self):
        self.assertEqual(ops_of(ops__a="namespace ct { CT_API Tensor(max)(const Tensor& x); }"),
                         {"max": "ops/a.hpp"})
        self.assertIn("min", ops_of(tensor="namespace ct { struct Tensor { Tensor(min)() const; }; }"))

    def test_reads_public_methods_and_those_of_bases(self):
        found = ops_of(tensor=CLASSES, a_methods=METHODS)
        self.assertEqual(sorted(found), ["add", "item", "neg", "zero_"])

    def test_a_method_belongs_to_its_free_function(self):
        found = ops_of(tensor=CLASSES, a_methods=METHODS, ops__a=HEADER)
        self.assertEqual(found["add"], "ops/a.hpp")


class RowTests(unittest.TestCase):
    NONE = {"no row": {}, "no gradient": {}}

    def errors(self, rows, ops, exceptions=None):
        return list(row_errors(rows, dict.fromkeys(ops, "h.hpp"), {**self.NONE, **(exceptions or {})}))

    def test_a_public_op_needs_a_row(self):
        self.assertEqual(self.errors(table(add=on()), ["add", "mul"]),
                         ["mul (h.hpp) has no row in tests/conformance/cases"])

    def test_an_op_needs_a_gradient_check(self):
        self.assertEqual(self.errors(table(add=on(None)), ["add"]),
                         ["add has no row with a gradient check"])

    def test_a_row_needs_the_name_of_an_op(self):
        self.assertEqual(self.errors(table(add=on(), plus=on()), ["add"]),
                         ["row 'plus' is not named after a public op"])

    def test_exceptions_are_taken_and_must_be_needed(self):
        self.assertEqual(self.errors(table(floor=on(None)), ["floor", "shape"],
                                     {"no row": {"shape": "r"}, "no gradient": {"floor": "r"}}), [])
        self.assertEqual(len(self.errors(table(add=on()), ["add"],
                                         {"no row": {"add": "r", "gone": "r"},
                                          "no gradient": {"add": "r", "lost": "r"}})), 4)

    def test_reads_exceptions_by_reason(self):
        with tempfile.NamedTemporaryFile("w", suffix=".ini") as file:
            file.write("[no row]\na fact = shape linalg::rank\n")
            file.flush()
            self.assertEqual(load_exceptions(file.name),
                             {"no row": {"shape": "a fact", "linalg::rank": "a fact"}})


class PageTests(unittest.TestCase):
    def page(self, gpu="yes"):
        rows = table(add=on())
        rows["ops"]["add"]["devices"]["custom_gpu"] = on([] if gpu == "yes" else ["sort"])
        return markdown(rows, {"add": "h.hpp"}, {"no row": {"shape": "a fact"}, "no gradient": {}})

    def test_names_types_by_groups(self):
        self.assertEqual(types_cell(["float32", "float64", "float16", "bfloat16", "bool"]),
                         "floating, bool")
        self.assertEqual(types_cell(["float32", "int64"]), "float32, int64")

    def test_says_which_family_the_host_computes(self):
        self.assertIn("| `add` | yes | yes | — | float32 | yes | host: sort | — | float32 |",
                      self.page("sort"))

    def test_an_old_page_is_an_error(self):
        both = ["cpu", "custom_gpu"]
        self.assertEqual(list(page_errors(self.page(), self.page(), both)), [])
        self.assertEqual(len(list(page_errors(self.page(), self.page("sort"), both))), 1)

    def test_without_a_device_only_its_columns_go_unchecked(self):
        self.assertEqual(list(page_errors(self.page(), self.page("sort"), ["cpu"])), [])
        self.assertEqual(len(list(page_errors(self.page().replace("float32", "int32"), self.page(),
                                              ["cpu"]))), 1)


class Families(unittest.TestCase):
    ROOT = Path(__file__).resolve().parents[2]

    def test_every_header_has_a_family_with_a_room_in_each_place(self):
        ops = public_ops(self.ROOT / "include/customtensor")
        self.assertEqual(list(family_errors(self.ROOT, ops)), [])

    def test_a_header_of_no_family_is_an_error(self):
        errors = list(family_errors(self.ROOT, {"fold": "ops/fold.hpp"}))
        self.assertEqual(errors, ["ops/fold.hpp belongs to no family; scripts/ops_table.py lists them"])

    def test_a_missing_room_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "docs").mkdir()
            page = (self.ROOT / "docs/architecture.md").read_text("utf-8")
            (Path(folder) / "docs/architecture.md").write_text(page, "utf-8")
            self.assertIn("kernels has no room for the family conv", list(family_errors(Path(folder), {})))


if __name__ == "__main__":
    unittest.main()
