# Prepare: rows are judged, rendered, cut and recorded, beside a bare probe and Node.

targets_prepare() {
  echo bench_prepare
  [[ $compare == no ]] || echo bench_prepare_probe
}

prepare_into() { # STATE NAME TICKETS
  rm -rf "$1"
  measure "$2" "$programs/bench_prepare" "$3" "$summary_schema" "$1"
}

# The state that collect and store go on with.
ensure_prepared() {
  ensure_tickets
  [[ -d $data/state ]] || prepare_into "$data/state" prepare "$data/tickets.jsonl"
}

prepare_turn() {
  prepare_into "$data/state" prepare "$data/tickets.jsonl"
  [[ $compare == yes ]] || return 0
  rm -rf "$data/probe"
  measure probe "$programs/bench_prepare_probe" "$data/tickets.jsonl" "$data/probe"
  rm -rf "$data/probe"
  [[ -n $peer_node ]] || return 0
  measure_peer prepare-node prepare "$data/tickets.jsonl" "$data/node"
  rm -rf "$data/node"
}

part_prepare() {
  ensure_tickets
  turns prepare prepare_turn
  local few=10000 seconds ratio rss
  [[ $few -le $rows ]] || few=$rows
  prepare_into "$data/few" prepare-few "$(tickets_of "$few")"
  rm -rf "$data/few"

  seconds=$(figure prepare seconds)
  if measured probe; then
    ratio=$(calc "$seconds / $(figure probe seconds)" '%.2f')
    row "Prepare: judge, render, cut, record" "$(figure prepare seconds '%.2f s')" \
      "$ratio × the bare probe ($(figure probe seconds '%.2f s'))" "≤ 2 ×" "$(verdict "$ratio <= 2")"
    row "" "processor $(figure prepare cpu_seconds '%.2f s')" "probe $(figure probe cpu_seconds '%.2f s')" "" ""
  else
    row "Prepare: judge, render, cut, record" "$(figure prepare seconds '%.2f s')" "" "" ""
  fi
  if measured prepare-node; then
    ratio=$(calc "$(figure prepare-node seconds) / $seconds" '%.1f')
    row "" "" "$ratio × faster than Node ($(figure prepare-node seconds '%.1f s'))" "about 6 ×" "$(verdict "$ratio >= 5.5")"
  fi
  rss=$(figure prepare peak_rss_mb)
  row "" "$(calc "$rss" '%.1f MB')" "10,000 rows: $(figure prepare-few peak_rss_mb '%.1f MB')" "≤ 64 MB" \
    "$(verdict "$rss <= 64")"
  if [[ $rows -ge 200000 ]]; then # with fewer, buffers that grow once look like rows
    local growth
    growth=$(calc "($rss - $(figure prepare-few peak_rss_mb)) * 1e6 / ($rows - $few)" '%.1f')
    row "" "$growth bytes a row of memory" "" "≤ 32 bytes" "$(verdict "$growth <= 32")"
  fi
}
