// The OS threads that run blocks, one for each core. Kernels run on these alone,
// so that signals of other threads are never mistaken for a kernel's.
#include <condition_variable>
#include <cstdlib>
#include <thread>
#include "launch.h"

namespace standin {
namespace {

class Pool {
 public:
  Pool() {
    const char *wanted = getenv("STANDIN_THREADS");
    int n = wanted ? atoi(wanted) : (int)std::thread::hardware_concurrency();
    for (int i = 0; i < n || i == 0; i++) std::thread([this] { work(); }).detach();
  }

  void run(Launch &launch) {
    std::unique_lock<std::mutex> guard(lock_);
    current_ = &launch;
    if (launch.blocks() == 1) start_.notify_one();
    else start_.notify_all();
    finished_.wait(guard, [&] { return busy_ == 0 && launch.next >= launch.blocks(); });
    current_ = nullptr;
  }

 private:
  void work() {
    prepare_thread();
    std::unique_lock<std::mutex> guard(lock_);
    for (;;) {
      start_.wait(guard, [&] { return current_ && current_->next < current_->blocks(); });
      Launch &launch = *current_;
      busy_++;
      guard.unlock();
      run_blocks(launch);
      guard.lock();
      if (--busy_ == 0) finished_.notify_one();
    }
  }

  std::mutex lock_;
  std::condition_variable start_, finished_;
  Launch *current_ = nullptr;
  int busy_ = 0;
};

}  // namespace

void run(Launch &launch) {
  static Pool *pool = new Pool;  // as old as the process: its threads never end
  pool->run(launch);
}

}  // namespace standin
