// Tokens of the daemon's API, and who changed what.

#include <fmt/format.h>

#include "core/store/sqlite_store.hpp"
#include "core/store/stored_values.hpp"

namespace batchd::store {
namespace {

constexpr std::uint32_t read_bit = 1;
constexpr std::uint32_t content_bit = 2;
constexpr std::uint32_t run_bit = 4;
constexpr std::uint32_t admin_bit = 8;

std::uint32_t bits_of(const model::Scopes& scopes) {
  return (scopes.read ? read_bit : 0) | (scopes.content ? content_bit : 0) | (scopes.run ? run_bit : 0) |
         (scopes.admin ? admin_bit : 0);
}

model::Scopes scopes_from(std::uint32_t bits) {
  model::Scopes scopes;
  scopes.read = (bits & read_bit) != 0;
  scopes.content = (bits & content_bit) != 0;
  scopes.run = (bits & run_bit) != 0;
  scopes.admin = (bits & admin_bit) != 0;
  return scopes;
}

}  // namespace

Status SqliteStore::add_token(const model::ApiToken& token) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  Query known = database_->query("SELECT 1 FROM tokens WHERE id = ?1 OR name = ?2");
  const bool is_known = known.bind(token.id, token.name).next();
  if (known.failed()) return database_->failure("look up a token");
  if (is_known)
    return Error{ErrorKind::conflict, fmt::format("there is a token \"{}\" already", token.name),
                 "give this one another name"};
  const bool written = database_->query("INSERT INTO tokens VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
                           .run(token.id, token.name, token.hash, bits_of(token.scopes), token.created_at,
                                token.expires_at, token.revoked_at);
  if (!written) return database_->failure("keep a token");
  return transaction.commit("keep a token");
}

Result<std::vector<model::ApiToken>> SqliteStore::tokens() {
  Query query = database_->query(
      "SELECT id, name, hash, scopes, created_at, expires_at, revoked_at FROM tokens ORDER BY created_at, id");
  std::vector<model::ApiToken> all;
  query.bind();
  while (query.next()) {
    auto& one = all.emplace_back();
    std::uint32_t bits = 0;
    query.read(one.id, one.name, one.hash, bits, one.created_at, one.expires_at, one.revoked_at);
    one.scopes = scopes_from(bits);
  }
  if (query.failed()) return database_->failure("read the tokens");
  return all;
}

Status SqliteStore::revoke_token(std::string_view id, Time now) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const bool written =
      database_->query("UPDATE tokens SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1").run(id, now);
  if (!written) return database_->failure("revoke a token");
  if (database_->changed_rows() == 0) return Error{ErrorKind::not_found, fmt::format("there is no token {}", id)};
  return transaction.commit("revoke a token");
}

Status SqliteStore::add_audit_entry(const model::AuditEntry& entry) {
  Transaction transaction(*database_);
  if (!transaction.begun()) return transaction.begun();
  const bool written =
      database_->query("INSERT INTO audit (at, who, action, object, detail) VALUES (?1, ?2, ?3, ?4, ?5)")
          .run(entry.at, entry.who, entry.action, entry.object, entry.detail);
  if (!written) return database_->failure("keep who changed what");
  return transaction.commit("keep who changed what");
}

Result<std::vector<model::AuditEntry>> SqliteStore::audit_entries(std::uint32_t limit, std::uint64_t before) {
  Query query = database_->query(
      "SELECT n, at, who, action, object, detail FROM audit WHERE ?2 = 0 OR n < ?2 ORDER BY n DESC LIMIT ?1");
  query.bind(limit, before);
  std::vector<model::AuditEntry> all;
  while (query.next()) {
    auto& one = all.emplace_back();
    query.read(one.n, one.at, one.who, one.action, one.object, one.detail);
  }
  if (query.failed()) return database_->failure("read who changed what");
  return all;
}

}  // namespace batchd::store
