// Named sums and their means.
#include "customtensor/train/figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ct::train {
namespace {

using ::testing::ElementsAre;

TEST(Figures, AddUpByNameInTheOrderOfTheFirst) {
  Figures figures = {{"loss", 6, 4}, {"accuracy", 3, 4}};
  figures += {{"accuracy", 1, 2}, {"loss", 1, 2}, {"norm", 5, 1}};
  EXPECT_EQ(figures, (Figures{{"loss", 7, 6}, {"accuracy", 4, 6}, {"norm", 5, 1}}));
}

TEST(Figures, MeansLeaveOutWhatHoldsNothing) {
  const Figures figures = {{"loss", 6, 4}, {"rare", 0, 0}, {"norm", 5, 1}};
  EXPECT_THAT(figures.means(), ElementsAre(NamedValue("loss", 1.5), NamedValue("norm", 5)));
  EXPECT_EQ(figures.mean("loss", -1), 1.5);
  EXPECT_EQ(figures.mean("rare", -1), -1);
  EXPECT_EQ(figures.mean("other", -1), -1);
  EXPECT_EQ(figures.find("other"), nullptr);
}

TEST(Figures, AreOfAsManySamplesAsTheFirst) {
  EXPECT_EQ((Figures{{"loss", 6, 4}, {"norm", 5, 1}}).samples(), 4);
  EXPECT_EQ(Figures().samples(), 0);
}

}  // namespace
}  // namespace ct::train
