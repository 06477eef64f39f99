#include "line/prepare/mapped_allocator.hpp"

#include <sys/mman.h>

#include "ground/base/check.hpp"

namespace batchd::prepare {

void* map_pages(std::size_t bytes) {
  void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(pages != MAP_FAILED, "there is memory for the ids");
  return pages;
}

void unmap_pages(void* pages, std::size_t bytes) noexcept { ::munmap(pages, bytes); }

}  // namespace batchd::prepare
