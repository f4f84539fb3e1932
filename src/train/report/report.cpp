// report.html: the page is put together as text from small parts, one function a section.
#include "customtensor/train/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "customtensor/io.hpp"
#include "train/report/bitmap.hpp"
#include "train/report/chart.hpp"
#include "train/report/report_pictures.hpp"
#include "train/report/report_style.hpp"

namespace ct::train {

int64_t ConfusionMatrix::row_total(int64_t truth) const {
  int64_t total = 0;
  for (int64_t c = 0; c < classes; ++c) total += at(truth, c);
  return total;
}

namespace {

std::string class_name(const Report& report, int64_t index) {
  return index >= 0 && index < static_cast<int64_t>(report.classes.size())
             ? report.classes[static_cast<size_t>(index)]
             : std::to_string(index);
}

/// One chart of `value` over the epochs: the steps as a thin line, epochs as points.
template <class Value>
Chart curve(const Report& report, const char* title, bool percent, Value value) {
  Chart chart{.title = title,
              .x_label = "epoch",
              .series = {{.name = "train, running", .color = 0, .points = {}, .markers = false},
                         {.name = "train", .color = 0, .points = {}, .markers = true},
                         {.name = "test", .color = 1, .points = {}, .markers = true}},
              .percent = percent};
  for (const auto& r : report.records) {
    const auto steps = static_cast<double>(r.step);
    if (r.split == "train_steps") {
      chart.series[0].points.emplace_back(steps / static_cast<double>(report.steps_per_epoch),
                                          value(r));
    } else if (r.split == "train") {
      chart.series[1].points.emplace_back(static_cast<double>(r.epoch), value(r));
    } else if (r.split == "test") {
      chart.series[2].points.emplace_back(static_cast<double>(r.epoch), value(r));
    }
  }
  return chart;
}

std::string charts_section(const Report& report) {
  const auto loss = curve(report, "Loss", false, [](const MetricsRecord& r) { return r.loss; });
  const auto accuracy =
      curve(report, "Accuracy", true, [](const MetricsRecord& r) { return r.accuracy; });
  return "<section class=\"charts\">\n" + line_chart_svg(loss) + line_chart_svg(accuracy) +
         "</section>\n";
}

std::string confusion_section(const Report& report) {
  const ConfusionMatrix& m = report.confusion;
  if (m.classes == 0) return "";
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

std::string pictures_section(const Report& report, const char* title, const char* note,
                             const std::vector<PredictedPicture>& pictures) {
  if (pictures.empty()) return "";
  std::string html = fmt::format(
      "<section><h2>{}</h2>\n<p class=\"note\">{}</p>\n<div class=\"pictures\">\n", title, note);
  for (const auto& p : pictures) {
    const bool right = p.truth == p.predicted;
    const auto truth = escape_html(class_name(report, p.truth));
    const auto predicted = escape_html(class_name(report, p.predicted));
    fmt::format_to(
        std::back_inserter(html),
        "<figure class=\"{}\"><img alt=\"test picture {}: {}\" src=\"{}\"><figcaption><b>{} {}</b> "
        "<br><span>{:.0f}%{}</span></figcaption></figure>\n",
        right ? "right" : "wrong", p.index, truth,
        png_data_uri(encode_png(p.pixels, p.width, p.height, p.channels)), right ? "✓" : "✗",
        predicted, 100 * p.probability, right ? "" : "<br>is " + truth);
  }
  return html + "</div></section>\n";
}

std::string facts_section(const Report& report) {
  std::string html = "<section><h2>The run</h2>\n<table class=\"facts\">\n";
  for (const auto& [name, value] : report.facts) {
    const char* tag = name == "command" ? "code" : "span";
    fmt::format_to(std::back_inserter(html),
                   "<tr><th scope=\"row\">{}</th><td><{}>{}</{}></td></tr>\n", escape_html(name),
                   tag, escape_html(value), tag);
  }
  return html + "</table></section>\n";
}

}  // namespace

std::string report_html(const Report& report) {
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta "
      "name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n"
      "<div class=\"highlights\">\n",
      escape_html(report.title), kReportStyle);
  for (const auto& [value, name] : report.highlights) {
    fmt::format_to(std::back_inserter(html), "<div><b>{}</b><span>{}</span></div>\n",
                   escape_html(value), escape_html(name));
  }
  html += "</div>\n";
  html += charts_section(report);
  html += confusion_section(report);
  html += pictures_section(report, "Test pictures",
                           "Pictures from all over the test split: predicted class and its "
                           "probability; mistakes in red with the true class.",
                           report.pictures);
  html += pictures_section(report, "Most confident mistakes",
                           "Wrong predictions with the highest probability.", report.mistakes);
  html += facts_section(report);
  return html + "<footer>Written by ct-train (CustomTensor).</footer>\n</main>\n</body>\n</html>\n";
}

void write_report(const Report& report, const std::filesystem::path& folder) {
  io::write_file_atomically(folder / "predictions.png", predictions_picture(report).png());
  io::write_file_atomically(folder / "confusion.png", confusion_picture(report).png());
  io::write_file_atomically(folder / "report.html", report_html(report));
}

}  // namespace ct::train
