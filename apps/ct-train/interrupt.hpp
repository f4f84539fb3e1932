// Ctrl-C (and SIGTERM): the first asks the run to end after its step, a second one kills at once.
#pragma once

namespace ct_train {

/// Installs the handlers.
void catch_interrupts();
/// Whether a signal came.
bool interrupted();

}  // namespace ct_train
