# Start: how long the program takes to come and go.

targets_start() { echo batchd; }

part_start() {
  local times=100 fastest
  step start "$times times each" true
  head -n 200 "$root/jobs/data/tickets.jsonl" >"$data/small.jsonl"
  write_job "$data/small.yaml" openai "$data/small.jsonl" 100 8
  measure_program start-bare --times "$times" /bin/true
  measure_program start-version --times "$times" "$batchd" --version
  measure_program start-validate --times "$times" "$batchd" validate "$data/small.yaml"
  fastest=$(calc "$(figure start-version seconds) * 1000" '%.1f')
  row "Start: \`batchd --version\`" "$fastest ms (median $(calc "$(figure start-version median_seconds) * 1000" '%.1f'))" \
    "/bin/true $(calc "$(figure start-bare seconds) * 1000" '%.1f ms')" "≤ 10 ms" "$(verdict "$fastest <= 10")"
  fastest=$(calc "$(figure start-validate seconds) * 1000" '%.1f')
  row "\`batchd validate\` of a small job" \
    "$fastest ms (median $(calc "$(figure start-validate median_seconds) * 1000" '%.1f'))" "" "≤ 30 ms" \
    "$(verdict "$fastest <= 30")"
}
