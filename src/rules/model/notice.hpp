#pragma once
// Whom a job tells what becomes of its runs (`notify`), and what became of the telling.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ground/base/clock.hpp"
#include "ground/base/files.hpp"

namespace batchd::model {

// When somebody is told.
enum class NotifyOn : std::uint8_t {
  success,   // a run has succeeded
  failure,   // a run ended below min_success, gave up for now, or could not be begun
  limit,     // a run was stopped by a limit of its own
  decision,  // a run waits for a person
};
std::string_view name_of(NotifyOn on);
std::optional<NotifyOn> notify_on_from_name(std::string_view name);

// One entry of `notify`: a webhook or a command. Secrets are named, never held.
struct NotifyTarget {
  std::vector<NotifyOn> on;
  std::string url;                   // of the webhook; "": url_env names it, or this is a command
  std::string url_env;               // the variable that holds the URL: some URLs are secrets themselves
  std::string secret_env;            // the variable that holds the key messages are signed with; "": see secret_file
  Path secret_file;                  // absolute; with neither messages are not signed
  std::vector<std::string> command;  // program and arguments; a program with a slash is absolute
  bool is_command() const { return !command.empty(); }
  bool operator==(const NotifyTarget&) const = default;
};

enum class DeliveryState : std::uint8_t { pending, delivered, given_up };
std::string_view name_of(DeliveryState state);

// A message to one of them, written down together with what it tells.
struct Delivery {
  std::string id;       // "msg_…", made of what it tells: the same at every try, and written twice it is one
  std::string run;      // its id; of one that was not begun the id it was to have
  std::string event;    // "run.failed"
  std::string target;   // as notify::to_text() writes one
  std::string payload;  // JSON
  DeliveryState state = DeliveryState::pending;
  std::uint32_t attempts = 0;  // begun
  Time created_at{};
  Time next_try_at{};  // of a pending one; while a try is under way, when that is taken for lost
  std::string detail;  // how the last try went
  bool operator==(const Delivery&) const = default;
};

// Not every first try arrives; from the second failed one on people should know.
inline constexpr std::uint32_t failed_tries_told_of = 2;
inline bool is_untold(const Delivery& delivery) {
  return delivery.state == DeliveryState::given_up ||
         (delivery.state == DeliveryState::pending && delivery.attempts >= failed_tries_told_of &&
          !delivery.detail.empty());
}

}  // namespace batchd::model
