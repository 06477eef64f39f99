// Loaded before libc (LD_PRELOAD): counts, over the whole process, every call that changes a file or talks to
// somebody, and strikes at the n-th, before it has done anything. strace cannot do this: its `when=` counts each
// thread for itself.
//
//   STRIKE_AT       n; 0 or absent: only count
//   STRIKE_WITH     KILL (SIGKILL); EIO, ENOSPC: the call on a file or a name fails so; ECONNRESET: the one on a
//   socket.
//                   Only calls that can be struck so are counted
//   STRIKE_LASTS    1: so does every later one
//   STRIKE_COUNTER  a file of 8 bytes that holds the count, also of a process that was killed
//
// Not counted: the standard streams, and what wakes our own event loop (eventfd and the like), since neither outlives
// the process.

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

enum class Kind { file, removal, socket };  // removing needs no room: no ENOSPC

struct Strike {
  Strike() {
    if (const char* number = std::getenv("STRIKE_AT")) at = std::strtoull(number, nullptr, 10);
    if (const char* lasting = std::getenv("STRIKE_LASTS")) lasts = *lasting == '1';
    if (const char* with = std::getenv("STRIKE_WITH"))
      for (const int known : {EIO, ENOSPC, ECONNRESET})
        if (::strerrorname_np(known) == std::string_view(with)) error = known;
    const char* file = std::getenv("STRIKE_COUNTER");
    if (file == nullptr) return;
    const int opened = ::open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (opened < 0 || ::posix_fallocate(opened, 0, sizeof(std::uint64_t)) != 0) std::abort();
    void* shared = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
    if (shared == MAP_FAILED) std::abort();
    // The mapping outlives the process, so a kill loses no count.
    count = static_cast<std::atomic<std::uint64_t>*>(shared);
    count->store(0);
  }
  bool concerns(Kind kind) const {
    if (error == 0) return true;
    if (error == ECONNRESET) return kind == Kind::socket;
    return kind == Kind::file || (kind == Kind::removal && error == EIO);
  }
  int error = 0;  // 0: SIGKILL
  bool lasts = false;
  std::uint64_t at = 0;
  std::atomic<std::uint64_t> alone{0};
  std::atomic<std::uint64_t>* count = &alone;
};

// True: the call fails, errno says with what.
bool struck(Kind kind) {
  static Strike strike;
  if (!strike.concerns(kind)) return false;
  const std::uint64_t number = strike.count->fetch_add(1) + 1;
  if (strike.at == 0 || number < strike.at || (number > strike.at && !strike.lasts)) return false;
  if (strike.error == 0) {
    ::kill(::getpid(), SIGKILL);
    for (;;)
      ::pause();  // the signal may need a moment to reach this thread: nothing of the call may happen
  }
  errno = strike.error;
  return true;
}

bool struck_on(int descriptor) {
  if (descriptor <= STDERR_FILENO) return false;
  struct stat about{};
  if (::fstat(descriptor, &about) != 0) return false;
  if (S_ISREG(about.st_mode) || S_ISFIFO(about.st_mode) || S_ISDIR(about.st_mode)) return struck(Kind::file);
  return S_ISSOCK(about.st_mode) && struck(Kind::socket);
}

template <class Function>
Function* next(const char* name) {
  auto* found = ::dlsym(RTLD_NEXT, name);
  if (found == nullptr) std::abort();
  return reinterpret_cast<Function*>(found);
}

}  // namespace

// A call on a descriptor.
#define ON_DESCRIPTOR(RESULT, NAME, PARAMETERS, ...)          \
  extern "C" RESULT NAME PARAMETERS {                         \
    static auto* const real = next<RESULT PARAMETERS>(#NAME); \
    if (struck_on(descriptor)) return -1;                     \
    return real(__VA_ARGS__);                                 \
  }
// A call on a name.
#define ON_NAME(KIND, NAME, PARAMETERS, ...)               \
  extern "C" int NAME PARAMETERS {                         \
    static auto* const real = next<int PARAMETERS>(#NAME); \
    if (struck(Kind::KIND)) return -1;                     \
    return real(__VA_ARGS__);                              \
  }

ON_DESCRIPTOR(ssize_t, write, (int descriptor, const void* data, size_t bytes), descriptor, data, bytes)
ON_DESCRIPTOR(ssize_t, pwrite, (int descriptor, const void* data, size_t bytes, off_t at), descriptor, data, bytes, at)
ON_DESCRIPTOR(ssize_t, pwrite64, (int descriptor, const void* data, size_t bytes, off64_t at), descriptor, data, bytes,
              at)
ON_DESCRIPTOR(ssize_t, writev, (int descriptor, const iovec* parts, int count), descriptor, parts, count)
ON_DESCRIPTOR(ssize_t, copy_file_range,
              (int from, off64_t* from_at, int descriptor, off64_t* at, size_t bytes, unsigned int flags), from,
              from_at, descriptor, at, bytes, flags)
ON_DESCRIPTOR(ssize_t, sendfile, (int descriptor, int from, off_t* at, size_t bytes), descriptor, from, at, bytes)
ON_DESCRIPTOR(ssize_t, sendfile64, (int descriptor, int from, off64_t* at, size_t bytes), descriptor, from, at, bytes)
ON_DESCRIPTOR(int, ftruncate, (int descriptor, off_t bytes) noexcept, descriptor, bytes)
ON_DESCRIPTOR(int, ftruncate64, (int descriptor, off64_t bytes) noexcept, descriptor, bytes)
ON_DESCRIPTOR(int, fsync, (int descriptor), descriptor)
ON_DESCRIPTOR(int, fdatasync, (int descriptor), descriptor)
ON_DESCRIPTOR(ssize_t, send, (int descriptor, const void* data, size_t bytes, int flags), descriptor, data, bytes,
              flags)
ON_DESCRIPTOR(ssize_t, sendmsg, (int descriptor, const msghdr* message, int flags), descriptor, message, flags)
ON_DESCRIPTOR(ssize_t, recv, (int descriptor, void* data, size_t bytes, int flags), descriptor, data, bytes, flags)
ON_DESCRIPTOR(ssize_t, recvmsg, (int descriptor, msghdr* message, int flags), descriptor, message, flags)

ON_NAME(file, rename, (const char* from, const char* to) noexcept, from, to)
ON_NAME(file, renameat, (int from_folder, const char* from, int to_folder, const char* to) noexcept, from_folder, from,
        to_folder, to)
ON_NAME(file, renameat2,
        (int from_folder, const char* from, int to_folder, const char* to, unsigned int flags) noexcept, from_folder,
        from, to_folder, to, flags)
ON_NAME(removal, unlink, (const char* name) noexcept, name)
ON_NAME(removal, unlinkat, (int folder, const char* name, int flags) noexcept, folder, name, flags)
ON_NAME(removal, remove, (const char* name) noexcept, name)
ON_NAME(removal, rmdir, (const char* name) noexcept, name)
ON_NAME(file, mkdir, (const char* name, mode_t mode) noexcept, name, mode)
ON_NAME(file, mkdirat, (int folder, const char* name, mode_t mode) noexcept, folder, name, mode)
ON_NAME(file, link, (const char* from, const char* to) noexcept, from, to)
ON_NAME(file, symlink, (const char* target, const char* name) noexcept, target, name)
ON_NAME(file, symlinkat, (const char* target, int folder, const char* name) noexcept, target, folder, name)
