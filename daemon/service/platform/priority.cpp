// The macOS half was written from documentation and has not run on a Mac yet.
#include "daemon/service/platform/priority.h"

#ifdef __APPLE__
#include <pthread.h>
#else
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace sbtune::service::platform {

#ifdef __APPLE__
void LowerThisThread() { ::pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0); }
#else
// On Linux a priority belongs to the thread, whatever POSIX says.
void LowerThisThread() {
  constexpr int kNice = 10;
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
}
#endif

}  // namespace sbtune::service::platform
