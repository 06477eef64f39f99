#pragma once
// Who may ask the daemon what, and who changed what.

#include <cstdint>
#include <optional>
#include <string>

#include "ground/base/clock.hpp"

namespace batchd::model {

// What a token allows. Each stands for itself: `run` without `read` begins runs and sees none.
struct Scopes {
  bool read = false;     // states, counts, ids
  bool content = false;  // rows and answers
  bool run = false;      // begin, cancel, retry, pause
  bool admin = false;    // everything, tokens and the audit as well
  bool operator==(const Scopes&) const = default;
};

// Its secret is shown once, when it is made; only its hash is kept.
struct ApiToken {
  std::string id;    // "tok_…": names it, allows nothing
  std::string name;  // a person's word for it
  std::string hash;  // SHA-256 of the secret, hex
  Scopes scopes;
  Time created_at{};
  std::optional<Time> expires_at;
  std::optional<Time> revoked_at;
};

// A change that somebody asked for, and was not refused.
struct AuditEntry {
  std::uint64_t n = 0;  // given by the store, growing
  Time at{};
  std::string who;     // "token ci", "unix socket", "127.0.0.1"
  std::string action;  // "cancel"
  std::string object;  // "run 01k…", "job tickets"
  std::string detail;
};

}  // namespace batchd::model
