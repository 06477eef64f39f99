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

// What stands at the program's standard input.
struct Fed {
  std::string pipe;          // this comes through a pipe, which then is closed; at most what a pipe holds
  bool is_terminal = false;  // or a terminal nobody types at
  bool is_closed = false;    // or nothing at all, not even an end of a file
};

class Program {
 public:
  // Starts it in `folder`, without a key, a config or a colour from outside.
  Program(const Path& folder, const std::vector<std::string>& arguments, const Fed& fed = {}) {
    is_in_closed_ = fed.is_closed;
    in_ = fed.is_terminal ? terminal() : filled_pipe(fed.pipe);
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
    ::close(in_);
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

  Ended finish_after(int signal) {
    send(signal);
    return finish();
  }

  // Until the program has said so on standard error; false when it ended without.
  bool has_said(std::string_view text) {
    while (ended_.err.find(text) == std::string::npos) {
      if (!read_more()) return false;
    }
    return true;
  }

  // The first line of standard output; "" when it ended without.
  std::string first_line() {
    while (ended_.out.find('\n') == std::string::npos) {
      if (!read_more()) return {};
    }
    return ended_.out.substr(0, ended_.out.find('\n'));
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
    const bool ready = ::chdir(folder.c_str()) == 0 && ::dup2(in_, STDIN_FILENO) >= 0 &&
                       ::dup2(out_[1], STDOUT_FILENO) >= 0 && ::dup2(err_[1], STDERR_FILENO) >= 0;
    if (is_in_closed_) ::close(STDIN_FILENO);
    if (ready) ::execv(BATCHD_PROGRAM, words);
    ::_exit(127);
  }

  static int filled_pipe(const std::string& text) {
    std::array<int, 2> ends{};
    check(::pipe2(ends.data(), O_CLOEXEC) == 0, "a pipe can be made");
    check(::fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) > static_cast<int>(text.size()), "what is fed fits into the pipe");
    const auto written = ::write(ends[1], text.data(), text.size());
    check(written == static_cast<ssize_t>(text.size()), "a pipe takes what it has room for");
    ::close(ends[1]);
    return ends[0];
  }

  static int terminal() {
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);  // stays open as long as the tests run
    check(master >= 0 && ::grantpt(master) == 0 && ::unlockpt(master) == 0, "a terminal can be made");
    const int slave = ::open(::ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    check(slave >= 0, "a terminal can be opened");
    return slave;
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

  int in_ = -1;
  bool is_in_closed_ = false;
  std::array<int, 2> out_{};
  std::array<int, 2> err_{};
  bool out_open_ = true;
  bool err_open_ = true;
  bool reaped_ = false;
  pid_t pid_ = -1;
  Ended ended_;
};

}  // namespace batchd::cli::test
