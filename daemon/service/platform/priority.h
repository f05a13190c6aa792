// A thread whose work can wait for everything else.
#pragma once

namespace sbtune::service::platform {

// The calling thread yields to others from now on, as far as the system can tell threads apart.
void LowerThisThread();

}  // namespace sbtune::service::platform
