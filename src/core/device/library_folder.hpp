// Where this library lies, for the files that are installed beside it.
#pragma once

#include <filesystem>

namespace ct {

/// The folder of the shared library, or of the program that it is linked into; empty if the system
/// does not say.
std::filesystem::path library_folder();

}  // namespace ct
