#include "doors/daemon/item_texts.hpp"

#include <algorithm>

namespace batchd::daemon {
namespace {

StoredText stored_text(const Path& state_folder, const model::BlobRef& place) {
  StoredText stored;
  stored.bytes = place.length;
  auto text = runner::read_blob(state_folder, place, blob_bytes_max);
  if (text)
    stored.text = std::move(*text);
  else if (text.error().kind == ErrorKind::not_found)
    stored.is_gone = true;
  else
    stored.trouble = text.error().message;
  return stored;
}

std::optional<StoredText> text_at(const Path& state_folder, const model::BlobRef& place) {
  if (!place) return std::nullopt;
  return stored_text(state_folder, place);
}

}  // namespace

void read_texts(const Path& folder, ItemFacts& facts) {
  const auto& life = facts.life;
  facts.row = text_at(folder, life.row);
  facts.request = text_at(folder, life.request);
  facts.result = text_at(folder, life.result);
  const auto first = life.attempts.size() - std::min(life.attempts.size(), attempts_shown_max);
  for (auto i = first; i < life.attempts.size(); ++i)
    facts.attempts.push_back(
        {life.attempts[i], text_at(folder, life.attempts[i].answer), text_at(folder, life.attempts[i].result)});
}

}  // namespace batchd::daemon
