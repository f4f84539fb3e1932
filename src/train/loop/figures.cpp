// Figures: see customtensor/train/figures.hpp.
#include "customtensor/train/figures.hpp"

namespace ct::train {

Figures::Figures(std::initializer_list<Figure> figures) {
  for (const Figure& figure : figures) add(figure);
}

void Figures::add(const Figure& figure) {
  for (Figure& known : figures_) {
    if (known.name != figure.name) continue;
    known.sum += figure.sum;
    known.weight += figure.weight;
    return;
  }
  figures_.push_back(figure);
}

Figures& Figures::operator+=(const Figures& other) {
  for (const Figure& figure : other) add(figure);
  return *this;
}

const Figure* Figures::find(std::string_view name) const {
  for (const Figure& figure : figures_) {
    if (figure.name == name) return &figure;
  }
  return nullptr;
}

double Figures::mean(std::string_view name, double otherwise) const {
  const Figure* figure = find(name);
  return figure != nullptr && figure->weight > 0 ? figure->mean() : otherwise;
}

std::vector<NamedValue> Figures::means() const {
  std::vector<NamedValue> means;
  for (const Figure& figure : figures_) {
    if (figure.weight > 0) means.emplace_back(figure.name, figure.mean());
  }
  return means;
}

}  // namespace ct::train
