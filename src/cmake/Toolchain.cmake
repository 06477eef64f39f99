# How code is compiled here. One interface target, `batchd_flags`, carries it to every room and test.

find_program(BATCHD_CCACHE ccache)
if(BATCHD_CCACHE)
  # Paths are hashed relative to the checkout, so a second build folder or a clean clone next door meets the cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${BATCHD_CCACHE})
endif()

find_program(BATCHD_MOLD mold)
if(BATCHD_MOLD)
  # Through -B for GCC 12 and clang alike; without mold the default linker does the same, slower.
  add_link_options(-fuse-ld=mold)
endif()

add_library(batchd_flags INTERFACE)
target_compile_options(batchd_flags INTERFACE
  -Wall -Wextra -Werror -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual
  -fno-omit-frame-pointer
  # GCC 12 warns about its own coroutine frames and about strings it inlines itself (PR105329, PR105562).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-maybe-uninitialized -Wno-mismatched-new-delete>)
target_compile_definitions(batchd_flags INTERFACE BATCHD_VERSION="${PROJECT_VERSION}")
target_include_directories(batchd_flags INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_BINARY_DIR}/generated)

if(BATCHD_SANITIZE)
  target_compile_options(batchd_flags INTERFACE -fsanitize=${BATCHD_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(batchd_flags INTERFACE -fsanitize=${BATCHD_SANITIZE})
endif()
if(BATCHD_FUZZ)
  target_compile_options(batchd_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")  # -O0 with sanitizers runs six times slower and compiles no faster
