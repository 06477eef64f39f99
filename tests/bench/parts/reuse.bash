# Reuse: a second night over the same rows, in a state that holds a first one. From the command's start to its results.

targets_reuse() {
  targets_prepare
  echo batchd
}

reuse_turn() {
  measure_program reuse --log "$data/reuse.log" "${line_command[@]}" --new
}

part_reuse() {
  ensure_tickets
  measured prepare || turns prepare prepare_turn
  rm -rf "$data/state" # room on the disk
  prepare_line "$rows"
  printf 'reuse: true\n' >>"$data/line/job.yaml"
  printf '%-10s %s rows, the first night … ' reuse "$rows"
  measure_program reuse-first --log "$data/reuse.log" "${line_command[@]}"
  printf '%s\n' "$(figure reuse-first seconds '%.1f s')"
  local batches
  batches=$(grep -c '"type":"batch_created"' "$data/line/state/simulated/world/journal.jsonl")
  turns reuse reuse_turn
  [[ $(grep -c '"type":"batch_created"' "$data/line/state/simulated/world/journal.jsonl") -eq $batches ]] ||
    complain "a second night over the same rows sent something"
  local seconds ratio
  seconds=$(figure reuse seconds)
  ratio=$(calc "$seconds / $(figure prepare seconds)" '%.2f')
  row "Reuse: a second night over unchanged rows, results included" \
    "$(calc "$seconds" '%.2f s'), processor $(figure reuse cpu_seconds '%.2f s'), $(figure reuse peak_rss_mb '%.0f MB')" \
    "$ratio × Prepare ($(figure prepare seconds '%.2f s')); nothing sent" "≤ 1.3 ×" "$(verdict "$ratio <= 1.3")"
  rm -rf "$data/line"
}
