"""Runs scripts/check_messages.py on small source trees."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
sys.dont_write_bytecode = True
import check_messages  # noqa: E402

THROW = 'void f() { throw ShapeError(fmt::format("f: bad "\n "shape {}; use {{}}", s)); }'


def errors(source, test):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "src/ops").mkdir(parents=True)
        (root / "tests").mkdir()
        (root / "src/ops/f.cpp").write_text(source)
        (root / "tests/f_test.cpp").write_text(test)
        return list(check_messages.errors(root))


class CheckMessagesTest(unittest.TestCase):
    def test_a_message_with_its_facts_is_found_in_a_test(self):
        self.assertEqual(errors(THROW, 'EXPECT_EQ(m, "f: bad shape (2, 3); "\n    "use {}");'), [])

    def test_a_message_in_a_regular_expression_is_found(self):
        self.assertEqual(errors(THROW, r'MatchesRegex("f: bad shape \\(2, .*; use \\{\\}");'), [])

    def test_a_message_without_a_test_is_an_error(self):
        (error,) = errors(THROW, 'EXPECT_EQ(m, "f: bad");')
        self.assertIn("src/ops/f.cpp:1: error: no test expects this message", error)

    def test_a_message_must_name_its_op(self):
        (error,) = errors('throw ValueError("bad");', 'EXPECT_EQ(m, "bad");')
        self.assertIn("not of the form", error)

    def test_names_of_members_may_hold_colons(self):
        self.assertEqual(errors('throw ValueError("A::b: bad");', '"A::b: bad"'), [])

    def test_a_message_must_stand_where_it_is_thrown(self):
        (error,) = errors("throw ValueError(text);", "")
        self.assertIn("write the message where it is thrown", error)

    def test_the_message_of_another_error_may_be_passed_on(self):
        self.assertEqual(errors("throw UsageError(e.what());", ""), [])
        (error,) = errors("throw UsageError(e.what() + text);", "")
        self.assertIn("write the message where it is thrown", error)


if __name__ == "__main__":
    unittest.main()
