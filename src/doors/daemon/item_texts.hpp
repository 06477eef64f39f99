#pragma once
// An item's texts, read from the files of its run.

#include "doors/daemon/item_page.hpp"

namespace batchd::daemon {

// What `facts` are to show of the item's life: its row, its request, its answers. Blocking.
void read_texts(const Path& state_folder, ItemFacts& facts);

}  // namespace batchd::daemon
