# Store: what an item takes in the database once its outcome is in it; ids have 12 bytes.

targets_store() {
  targets_collect
  echo bench_database_bytes
}

part_store() {
  ensure_collected
  "$programs/bench_database_bytes" "$data/state/batchd.db" "$rows" >"$figures/store"
  local bytes largest
  bytes=$(figure store bytes_a_row)
  largest=$(sed -n 's/^bytes\.//p' "$figures/store" | head -4 |
    awk -F= '{ printf "%s%s %.1f", (NR > 1 ? ", " : ""), $1, $2 }')
  row "Store: on the disk per item" "$(calc "$bytes" '%.1f bytes')" "$largest" "≤ 170" "$(verdict "$bytes <= 170")"
}
