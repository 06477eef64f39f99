# Collect: result lines are accounted for, extracted, validated, recorded, and written in order, beside Node.

targets_collect() {
  echo bench_collect
  echo bench_collect_alone
  echo bench_prepare
}

answers=''
ensure_answers() {
  answers=$data/state/answers/$run
  ensure_prepared
  [[ -d $answers ]] ||
    step results "$rows lines" "$programs/bench_generate" results "$rows" "$shard_rows" "$run" "$answers"
  [[ -s $data/prepared.db ]] || cp "$data/state/batchd.db" "$data/prepared.db"
}

collect_once() {
  rm -rf "$data/state/out" "$data"/state/batchd.db* "$answers"/*.outcomes.jsonl
  cp "$data/prepared.db" "$data/state/batchd.db"
  measure collect "$programs/bench_collect" "$data/state" "$summary_schema"
  rm -f "$answers"/*.outcomes.jsonl
  touch "$data/state/collected"
}

# A database with every item's outcome in it.
ensure_collected() {
  ensure_answers
  [[ -e $data/state/collected ]] || collect_once
}

collect_turn() {
  collect_once
  measure collect-alone "$programs/bench_collect_alone" "$answers" "$summary_schema" "$rows" "$shard_rows"
  rm -f "$answers"/*.outcomes.jsonl
  [[ -n $peer_node ]] || return 0
  measure_peer collect-node collect "$answers" "$summary_schema" "$rows" "$shard_rows" "$data/node"
  rm -rf "$data/node"
}

part_collect() {
  ensure_answers
  turns collect collect_turn
  local seconds rate ratio rss
  seconds=$(figure collect seconds)
  rate=$(calc "$rows / $seconds" '%.0f')
  row "Collect: account, extract, validate, record, order" "$(grouped "$rate") lines/s" \
    "the room alone, one thread: $(grouped "$(calc "$rows / $(figure collect-alone seconds)" '%.0f')")" \
    "≥ 250,000" "$(verdict "$rate >= 250000")"
  row "" "$(calc "$seconds" '%.2f s'), processor $(figure collect cpu_seconds '%.2f s')" \
    "of it ordering $(figure collect report_seconds '%.2f s')" "" ""
  if measured collect-node; then
    ratio=$(calc "$(figure collect-node seconds) / $seconds" '%.1f')
    row "" "" "$ratio × faster than Node with ajv ($(figure collect-node seconds '%.1f s'))" "≥ 8 ×" \
      "$(verdict "$ratio >= 8")"
  fi
  rss=$(figure collect peak_rss_mb)
  row "" "$(calc "$rss" '%.1f MB')" "" "≤ 96 MB" "$(verdict "$rss <= 96")"
}
