#pragma once
// The built `batchd` as another process: its arguments, its streams, its end. Nothing in here waits for a time, only
// for what the program says or for its end.

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ground/base/check.hpp"
#include "ground/base/files.hpp"

namespace batchd::cli::test {

struct Ended {
  int exit_code = -1;  // 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

class Program {
 public:
  // Starts it in `folder`, without a key, a config or a colour from outside.
  Program(const Path& folder, const std::vector<std::string>& arguments) {
    check(::pipe2(out_.data(), O_CLOEXEC) == 0 && ::pipe2(err_.data(), O_CLOEXEC) == 0, "pipes can be made");
    std::vector<char*> words{const_cast<char*>(BATCHD_PROGRAM)};
    for (const auto& argument : arguments)
      words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    pid_ = ::fork();
    check(pid_ >= 0, "a process can be started");
    if (pid_ == 0) become(folder, words.data());
    ::close(out_[1]);
    ::close(err_[1]);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (!reaped_) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(out_[0]);
    ::close(err_[0]);
  }

  pid_t pid() const { return pid_; }
  void send(int signal) const { ::kill(pid_, signal); }

  // Until the program has said so on standard error; false when it ended without.
  bool has_said(std::string_view text) {
    while (ended_.err.find(text) == std::string::npos) {
      if (!read_more()) return false;
    }
    return true;
  }

  Ended finish() {
    while (read_more()) {
    }
    int status = 0;
    check(::waitpid(pid_, &status, 0) == pid_, "the program can be waited for");
    reaped_ = true;
    ended_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return ended_;
  }

 private:
  [[noreturn]] void become(const Path& folder, char* const* words) const {
    for (const char* name : {"DASHSCOPE_API_KEY", "OPENAI_API_KEY", "BATCHD_CONFIG", "NO_COLOR"})
      ::unsetenv(name);
    ::setenv("HOME", folder.c_str(), 1);
    ::setenv("XDG_CONFIG_HOME", folder.c_str(), 1);
    ::setenv("XDG_STATE_HOME", folder.c_str(), 1);
    const bool ready =
        ::chdir(folder.c_str()) == 0 && ::dup2(out_[1], STDOUT_FILENO) >= 0 && ::dup2(err_[1], STDERR_FILENO) >= 0;
    if (ready) ::execv(BATCHD_PROGRAM, words);
    ::_exit(127);
  }

  // Reads what has come on either stream, or waits for it; false once both are at their end.
  bool read_more() {
    std::array<pollfd, 2> streams{pollfd{out_open_ ? out_[0] : -1, POLLIN, 0},
                                  pollfd{err_open_ ? err_[0] : -1, POLLIN, 0}};
    if (!out_open_ && !err_open_) return false;
    if (::poll(streams.data(), streams.size(), -1) < 0) return errno == EINTR;
    if (streams[0].revents != 0) out_open_ = read_from(out_[0], ended_.out);
    if (streams[1].revents != 0) err_open_ = read_from(err_[0], ended_.err);
    return true;
  }

  static bool read_from(int descriptor, std::string& text) {
    std::array<char, 4096> buffer;
    const auto count = ::read(descriptor, buffer.data(), buffer.size());
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    return count > 0;
  }

  std::array<int, 2> out_{};
  std::array<int, 2> err_{};
  bool out_open_ = true;
  bool err_open_ = true;
  bool reaped_ = false;
  pid_t pid_ = -1;
  Ended ended_;
};

}  // namespace batchd::cli::test
