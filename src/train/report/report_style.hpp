// The style sheet of report.html. Light and dark by the reader's setting; prints on paper.
#pragma once

namespace ct::train {

inline constexpr const char* kReportStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f7f7f5; --card: #ffffff; --text: #1d2126; --soft: #646c76; --line: #e2e3e0;
  --train: #2f6fd6; --test: #d4601c; --good: #1f8a4c; --bad: #c8342b; --heat: 47, 111, 214;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --card: #1d2125; --text: #e7e9eb; --soft: #9aa3ad; --line: #33393f;
    --train: #7aacff; --test: #ff9c5f; --good: #5ccb8c; --bad: #ff7b70; --heat: 122, 172, 255;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
       font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 48px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 18px; }
h2 { font-size: 17px; margin: 0 0 4px; }
.note { color: var(--soft); margin: 0 0 14px; font-size: 14px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
          padding: 18px 20px; margin-bottom: 18px; overflow-x: auto; }
.highlights { display: flex; flex-wrap: wrap; gap: 12px; margin-bottom: 18px; }
.highlights div { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
                  padding: 12px 18px; flex: 1 1 130px; }
.highlights b { display: block; font-size: 24px; line-height: 1.25; white-space: nowrap;
                font-variant-numeric: tabular-nums; }
.highlights div:first-child b { color: var(--good); }
.highlights span { color: var(--soft); font-size: 13px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(340px, 1fr)); gap: 20px; }
.chart { width: 100%; height: auto; display: block; }
.chart text { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.chart .chart-title { fill: var(--text); font-size: 15px; font-weight: 600; }
.chart .grid { stroke: var(--line); }
.chart .axis { stroke: var(--soft); }
.chart polyline { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
.chart line[class^="series"] { stroke-width: 2.2; }
.chart .series-0 { stroke: var(--train); } .chart .series-1 { stroke: var(--test); }
.chart .thin { stroke-width: 1.3; opacity: .55; }
.chart .dot-0 { fill: var(--train); } .chart .dot-1 { fill: var(--test); }
table { border-collapse: collapse; font-size: 14px; }
.confusion { font-variant-numeric: tabular-nums; font-size: 13px; }
.confusion th { font-weight: 500; color: var(--soft); padding: 4px 8px; }
.confusion thead th { vertical-align: bottom; }
.confusion thead th span { writing-mode: vertical-rl; transform: rotate(180deg); }
.confusion tbody th { text-align: right; white-space: nowrap; }
.confusion td { border: 1px solid var(--line); text-align: center; min-width: 46px; padding: 6px 4px; }
.confusion td.right { font-weight: 700; }
.confusion td.zero { color: var(--line); }
.confusion td.recall { border: 0; padding-left: 14px; text-align: right; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 12px; }
figure { margin: 0; border: 2px solid var(--line); border-radius: 8px; overflow: hidden; }
figure.wrong { border-color: var(--bad); }
figure img { width: 100%; display: block; image-rendering: pixelated; }
figcaption { padding: 5px 7px 6px; font-size: 12px; line-height: 1.35; overflow-wrap: anywhere; }
figcaption b { font-weight: 600; } figcaption span { color: var(--soft); }
.wrong figcaption b { color: var(--bad); }
.facts th { text-align: left; font-weight: 500; color: var(--soft); padding: 4px 22px 4px 0;
            vertical-align: top; white-space: nowrap; }
.facts td { padding: 4px 0; overflow-wrap: anywhere; }
code { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
footer { color: var(--soft); font-size: 13px; }
@media print { section, figure { break-inside: avoid; } body { background: none; } }
)css";

}  // namespace ct::train
