// report.html: the page is put together as text from small parts, one function a section.
#include "customtensor/train/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "customtensor/io.hpp"
#include "train/report/bitmap.hpp"
#include "train/report/chart.hpp"
#include "train/report/confusion.hpp"
#include "train/report/report_limits.hpp"
#include "train/report/report_pictures.hpp"
#include "train/report/report_style.hpp"

namespace ct::train {

namespace {

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
  for (ChartSeries& series : chart.series) {
    series.points = thinned(std::move(series.points), series.markers ? kMostMarkers : kMostPoints);
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

std::string pictures_section(const Report& report, const char* title, const char* note,
                             const std::vector<PredictedPicture>& pictures) {
  if (pictures.empty()) return "";
  std::string html = fmt::format(
      "<section><h2>{}</h2>\n<p class=\"note\">{}</p>\n<div class=\"pictures\">\n", title, note);
  for (size_t i = 0; i < std::min(pictures.size(), kMostPictures); ++i) {
    const PredictedPicture p = thumbnail(pictures[i]);
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
  for (size_t i = 0; i < std::min(report.facts.size(), kMostRows); ++i) {
    const auto& [name, value] = report.facts[i];
    const char* tag = name == "command" ? "code" : "span";
    fmt::format_to(std::back_inserter(html),
                   "<tr><th scope=\"row\">{}</th><td><{}>{}</{}></td></tr>\n",
                   escape_html(shortened(name, kMostName)), tag,
                   escape_html(shortened(value, kMostText)), tag);
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
      escape_html(shortened(report.title, kMostText)), kReportStyle);
  for (size_t i = 0; i < std::min(report.highlights.size(), kMostRows); ++i) {
    const auto& [value, name] = report.highlights[i];
    fmt::format_to(std::back_inserter(html), "<div><b>{}</b><span>{}</span></div>\n",
                   escape_html(shortened(value, kMostName)),
                   escape_html(shortened(name, kMostName)));
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
