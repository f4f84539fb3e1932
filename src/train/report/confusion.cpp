// See confusion.hpp.
#include "train/report/confusion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "train/report/chart.hpp"
#include "train/report/report_limits.hpp"

namespace ct::train {

int64_t ConfusionMatrix::row_total(int64_t truth) const {
  int64_t total = 0;
  for (auto it = counts.lower_bound({truth, std::numeric_limits<int64_t>::min()});
       it != counts.end() && it->first.first == truth; ++it) {
    total += it->second;
  }
  return total;
}

namespace {

struct Counts {
  int64_t pictures = 0, right = 0;
  double share() const { return static_cast<double>(right) / static_cast<double>(pictures); }
};

/// Of the classes that there are pictures of.
std::map<int64_t, Counts> counts_of(const ConfusionMatrix& m) {
  std::map<int64_t, Counts> counts;
  for (const auto& [pair, count] : m.counts) {
    Counts& of_class = counts[pair.first];
    of_class.pictures += count;
    if (pair.first == pair.second) of_class.right += count;
  }
  return counts;
}

/// The first kMostRows of `items`, in order.
template <class Item, class Less>
std::vector<Item> first_rows(std::vector<Item> items, Less less) {
  const auto most = static_cast<std::ptrdiff_t>(std::min(items.size(), kMostRows));
  std::partial_sort(items.begin(), items.begin() + most, items.end(), less);
  items.resize(static_cast<size_t>(most));
  return items;
}

std::string mistakes_table(const Report& report, const std::map<int64_t, Counts>& classes) {
  using Mistake = std::pair<std::pair<int64_t, int64_t>, int64_t>;
  std::vector<Mistake> mistakes;
  for (const auto& [pair, count] : report.confusion.counts) {
    if (pair.first != pair.second) mistakes.emplace_back(pair, count);
  }
  mistakes = first_rows(std::move(mistakes), [](const Mistake& a, const Mistake& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  std::string html =
      "<table class=\"facts\">\n<thead><tr><th>is</th><th>taken for</th><th>pictures</th><th>of "
      "its "
      "class</th></tr></thead>\n<tbody>\n";
  for (const auto& [pair, count] : mistakes) {
    fmt::format_to(
        std::back_inserter(html), "<tr><td>{}</td><td>{}</td><td>{}</td><td>{:.1f}%</td></tr>\n",
        escape_html(class_name(report, pair.first)), escape_html(class_name(report, pair.second)),
        count,
        100 * static_cast<double>(count) / static_cast<double>(classes.at(pair.first).pictures));
  }
  return html + "</tbody></table>\n";
}

std::string least_found_table(const Report& report, const std::map<int64_t, Counts>& classes) {
  using Row = std::pair<int64_t, Counts>;
  const auto rows =
      first_rows(std::vector<Row>(classes.begin(), classes.end()), [](const Row& a, const Row& b) {
        const double x = a.second.share(), y = b.second.share();
        return x != y ? x < y : a.first < b.first;
      });
  std::string html =
      "<table "
      "class=\"facts\">\n<thead><tr><th>class</th><th>pictures</th><th>found</th></tr></thead>"
      "\n<tbody>\n";
  for (const auto& [index, counts] : rows) {
    fmt::format_to(std::back_inserter(html), "<tr><td>{}</td><td>{}</td><td>{:.1f}%</td></tr>\n",
                   escape_html(class_name(report, index)), counts.pictures, 100 * counts.share());
  }
  return html + "</tbody></table>\n";
}

std::string section_of_many(const Report& report) {
  const auto classes = counts_of(report.confusion);
  return fmt::format(
      "<section><h2>Confusion</h2>\n<p class=\"note\">{} classes are too many for a table of all; "
      "confusion.png shows them as a map. The commonest mistakes, at most {}:</p>\n{}"
      "<p class=\"note\">The classes found least often, at most {}:</p>\n{}</section>\n",
      report.confusion.classes, kMostRows, mistakes_table(report, classes), kMostRows,
      least_found_table(report, classes));
}

std::string whole_matrix(const Report& report) {
  const ConfusionMatrix& m = report.confusion;
  std::string html =
      "<section><h2>Confusion matrix</h2>\n<p class=\"note\">Test pictures by true class (rows) "
      "and predicted class (columns).</p>\n<table class=\"confusion\">\n<thead><tr><th></th>";
  auto out = std::back_inserter(html);
  for (int64_t c = 0; c < m.classes; ++c) {
    fmt::format_to(out, "<th scope=\"col\"><span>{}</span></th>",
                   escape_html(class_name(report, c)));
  }
  html += "<th scope=\"col\">found</th></tr></thead>\n<tbody>\n";
  for (int64_t t = 0; t < m.classes; ++t) {
    const int64_t total = m.row_total(t);
    fmt::format_to(out, "<tr><th scope=\"row\">{}</th>", escape_html(class_name(report, t)));
    for (int64_t p = 0; p < m.classes; ++p) {
      const int64_t count = m.at(t, p);
      const double share =
          total > 0 ? static_cast<double>(count) / static_cast<double>(total) : 0.0;
      // Mistakes are a few per cent of a row: the square root makes them visible too.
      fmt::format_to(out,
                     "<td class=\"{}\" style=\"background:rgba(var(--heat),{:.2f})\" title=\"{} "
                     "taken for {}: {}\">{}</td>",
                     t == p       ? "right"
                     : count == 0 ? "zero"
                                  : "other",
                     0.6 * std::sqrt(share), escape_html(class_name(report, t)),
                     escape_html(class_name(report, p)), count, count);
    }
    if (total > 0) {
      fmt::format_to(out, "<td class=\"recall\">{:.1f}%</td></tr>\n",
                     100 * static_cast<double>(m.at(t, t)) / static_cast<double>(total));
    } else {
      html += "<td class=\"recall\">–</td></tr>\n";
    }
  }
  return html + "</tbody></table></section>\n";
}

}  // namespace

std::string confusion_section(const Report& report) {
  if (report.confusion.classes == 0) return "";
  return report.confusion.classes <= kMostMatrixClasses ? whole_matrix(report)
                                                        : section_of_many(report);
}

}  // namespace ct::train
