# Sourced by the tools: one line a step, its words in a log that is shown when it fails.
# Expects $root, the checkout.

logs=$root/build/logs
mkdir -p "$logs"

# step NAME WHAT COMMAND…: prints "NAME  WHAT … 12 s"; on failure the end of the log, where it lies, and exits.
step() {
  local name=$1 what=$2 log=$logs/$1.log started=$SECONDS
  shift 2
  printf '%-10s %s … ' "$name" "$what"
  local code=0
  "$@" >"$log" 2>&1 </dev/null || code=$?
  if [[ $code -eq 0 ]]; then
    printf '%d s\n' $((SECONDS - started))
    return
  fi
  printf 'failed\n'
  tail -n 40 "$log" >&2
  printf '\n%s failed with exit code %d; the whole log is %s\n' "$name" "$code" "$log" >&2
  exit 1
}

# build PRESET WHAT TARGET…: configures and builds; without a target everything.
build() {
  local preset=$1 what=$2
  shift 2
  [[ -d $root/build/$preset ]] || what+=" (the first time takes some minutes)"
  local targets=()
  [[ $# -eq 0 ]] || targets=(--target "$@")
  step "configure" "build/$preset" cmake -S "$root" --preset "$preset"
  step "build" "$what" cmake --build "$root/build/$preset" --parallel "$(nproc)" "${targets[@]}"
}
