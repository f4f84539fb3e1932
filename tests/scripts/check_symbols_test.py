"""What scripts/check_symbols.py takes for the API, for the standard library, and for a leak."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
sys.dont_write_bytecode = True
from check_symbols import verdict  # noqa: E402


class Verdict(unittest.TestCase):
    def test_namespace_ct_is_the_api(self):
        for name in ("ct::matmul(ct::Tensor const&)", "vtable for ct::nn::Linear",
                     "typeinfo name for ct::Error", "non-virtual thunk to ct::nn::Linear::~Linear()"):
            self.assertEqual(verdict("T", name), "api", name)

    def test_weak_instances_of_the_standard_library_are_allowed(self):
        for name in ("std::vector<ct::Tensor>::~vector()", "typeinfo for void (*)(void*)",
                     "void std::sort<int*>(int*, int*)"):
            self.assertEqual(verdict("W", name), "standard", name)

    def test_strong_symbols_of_others_are_leaks(self):
        for name in ("std::vector<int>::~vector()", "helper(int)", "stbi_write_png"):
            self.assertEqual(verdict("T", name), "leak", name)

    def test_weak_symbols_of_third_parties_are_leaks(self):
        for name in ("fmt::v9::format(int)", "std::vector<nlohmann::json>::~vector()", "helper(int)"):
            self.assertEqual(verdict("W", name), "leak", name)


if __name__ == "__main__":
    unittest.main()
