# The dev loop: a clean release build of the program, and a rebuild of program and test after one file has changed;
# neither asks the compiler cache.

targets_build() { :; }

part_build() {
  export CCACHE_DISABLE=1
  local clean=$programs/clean started object
  rm -rf "$clean"
  started=$SECONDS
  step clean "a release build of the program" bash -c \
    "cmake -S '$root' --preset release -B '$clean' -DBATCHD_TESTS=OFF && cmake --build '$clean' --parallel '$(nproc)' --target batchd"
  row "Dev loop: a clean release build" "$((SECONDS - started)) s" "" "≤ 5 min" "$(verdict "$((SECONDS - started)) <= 300")"
  rm -rf "$clean"

  unset CCACHE_DISABLE # what was built before is no news
  build dev "program and test" batchd collect_test
  object=$(find "$root/build/dev" -path '*collect.dir*/collect.cpp.o' | head -1)
  rm -f "$object"
  export CCACHE_DISABLE=1
  started=$(date +%s.%N)
  step rebuild "after a change of collect.cpp" cmake --build "$root/build/dev" --parallel "$(nproc)" --target batchd collect_test
  local seconds
  seconds=$(calc "$(date +%s.%N) - $started" '%.1f')
  row "a rebuild after one file outside http (dev preset)" "$seconds s" "" "≤ 10 s" "$(verdict "$seconds <= 10")"
}
