#pragma once
// Memory straight from the system, and straight back. The heap keeps what a growing table outgrows, piece by piece
// until the end; of a million ids that is as much again as the table itself.

#include <cstddef>

namespace batchd::prepare {

// Zeroed pages. Running out of memory is a crash, as it is with the heap.
void* map_pages(std::size_t bytes);
void unmap_pages(void* pages, std::size_t bytes) noexcept;

template <typename T>
struct MappedAllocator {
  using value_type = T;
  MappedAllocator() = default;
  template <typename Other>
  MappedAllocator(const MappedAllocator<Other>&) {}  // NOLINT(google-explicit-constructor): as the standard asks
  T* allocate(std::size_t count) { return static_cast<T*>(map_pages(count * sizeof(T))); }
  void deallocate(T* pages, std::size_t count) noexcept { unmap_pages(pages, count * sizeof(T)); }
  bool operator==(const MappedAllocator&) const = default;
};

}  // namespace batchd::prepare
