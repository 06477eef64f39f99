#include "ground/base/program.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <map>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ground/base/check.hpp"

extern char** environ;

namespace batchd {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int look_every_ms = 20;  // whether it has ended, once it has closed its output

class Pipe {
 public:
  Pipe() { check(::pipe2(ends_, O_CLOEXEC) == 0, "the system has a pipe for us"); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_reading();
    close_writing();
  }
  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }
  void close_reading() { close(ends_[0]); }
  void close_writing() { close(ends_[1]); }

 private:
  static void close(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
  int ends_[2] = {-1, -1};
};

// "NAME=value" of ours and of the call's, which counts where both have it.
std::vector<std::string> environment_of(const ProgramCall& call) {
  std::map<std::string, std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) all.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const auto& [name, value] : call.environment)
    all[name] = value;
  std::vector<std::string> texts;
  for (const auto& [name, value] : all)
    texts.push_back(name + "=" + value);
  return texts;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// In a process group of its own, so that what it has started can be ended with it; with the signals as a program
// expects them.
Result<pid_t> spawn(const ProgramCall& call, const Pipe& input, const Pipe& output) {
  auto words = call.command;
  auto environment = environment_of(call);
  auto arguments = pointers_to(words);
  auto variables = pointers_to(environment);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&actions, input.reading(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output.writing(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output.writing(), STDERR_FILENO);
  ::posix_spawn_file_actions_addchdir_np(&actions, call.folder.c_str());
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  pid_t child = 0;
  const int fault =
      ::posix_spawnp(&child, arguments.front(), &actions, &attributes, arguments.data(), variables.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (fault == 0) return child;
  return Error(fault == ENOENT ? ErrorKind::not_found : ErrorKind::io,
               fmt::format("{} cannot be run: {}", call.command.front(), std::strerror(fault)),
               fault == ENOENT ? "name it with its whole path, or see that PATH has its folder" : "");
}

// Takes what it writes, gives it what it reads, until it has ended or its time is over.
class Conversation {
 public:
  Conversation(pid_t child, std::string_view text, Pipe& input, Pipe& output, Steady::time_point until)
      : child_(child), text_(text), input_(input), output_(output), until_(until) {}

  ProgramEnd run() {
    while (!has_ended()) {
      if (Steady::now() >= until_ && !end_.was_killed) {
        ::kill(-child_, SIGKILL);
        end_.was_killed = true;
      }
      pass();
    }
    while (take()) {
    }
    return std::move(end_);
  }

 private:
  bool has_ended() {
    int status = 0;
    if (::waitpid(child_, &status, WNOHANG) != child_) return false;
    end_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
  }

  void pass() {
    if (text_.empty()) input_.close_writing();
    pollfd ends[2] = {{output_.reading(), POLLIN, 0}, {input_.writing(), POLLOUT, 0}};
    ::poll(ends, 2, look_every_ms);
    if (ends[0].revents != 0 && !take()) output_.close_reading();
    if (ends[1].revents != 0) give();
  }

  // false: there is nothing (any more).
  bool take() {
    char buffer[4096];
    const auto count = output_.reading() < 0 ? 0 : ::read(output_.reading(), buffer, sizeof buffer);
    if (count <= 0) return count < 0 && errno == EINTR;
    end_.output.append(buffer, static_cast<std::size_t>(count));
    if (end_.output.size() > program_output_bytes_max)
      end_.output.erase(0, end_.output.size() - program_output_bytes_max);
    return true;
  }

  // One that does not read what it is told is none of ours.
  void give() {
    const auto count = ::write(input_.writing(), text_.data(), text_.size());
    if (count < 0 && errno != EAGAIN && errno != EINTR) text_ = {};
    if (count > 0) text_.remove_prefix(static_cast<std::size_t>(count));
  }

  pid_t child_;
  std::string_view text_;
  Pipe& input_;
  Pipe& output_;
  Steady::time_point until_;
  ProgramEnd end_;
};

}  // namespace

Result<ProgramEnd> run_program(const ProgramCall& call) {
  check(!call.command.empty(), "a call names a program");
  Pipe input;
  Pipe output;
  const auto child = spawn(call, input, output);
  if (!child) return child.error();
  input.close_reading();
  output.close_writing();
  // What it has started may keep the other ends open, and we wait for neither.
  ::fcntl(input.writing(), F_SETFL, O_NONBLOCK);
  ::fcntl(output.reading(), F_SETFL, O_NONBLOCK);
  return Conversation(*child, call.standard_input, input, output, Steady::now() + call.patience).run();
}

}  // namespace batchd
