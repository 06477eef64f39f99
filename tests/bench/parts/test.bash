# tools/test, with whatever the build folder and the compiler cache hold by now.

targets_test() { :; }

part_test() {
  local started=$SECONDS
  step test "tools/test" "$root/tools/test"
  row "tools/test, warm" "$(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s" "" "≤ 15 min" \
    "$(verdict "$((SECONDS - started)) <= 900")"
}
