# Schema: instances parsed and validated on one core, beside ajv and Blaze; all three must accept every one.

targets_schema() {
  echo bench_schema
  echo bench_invent
}

larger_schema=$root/schemas/product-copy.schema.json

schema_turn() {
  measure "schema-$shape" taskset -c 0 "$programs/bench_schema" "$schema" "$instances"
  if [[ -n $peer_node ]]; then measure_peer "schema-$shape-ajv" schema "$schema" "$instances"; fi
  if [[ -n $blaze ]]; then
    measure_program "schema-$shape-blaze" taskset -c 0 "$blaze" validate "$schema" "$instances" --fast
  fi
}

# The mean over all instances by Blaze's own clock, each judged so many times in a row.
blaze_evaluation_ns() {
  "$blaze" validate "$schema" "$instances" --fast --benchmark --loop "$1" 2>&1 |
    awk '/PASS/ { sum += $3; ++count } END { printf "%.1f", sum / count * 1000 }'
}

measure_schema() { # NAME: with $shape, $schema and $instances
  local count seconds ours ratio peers=''
  count=$(wc -l <"$instances")
  turns "$shape" schema_turn
  seconds=$(figure "schema-$shape" seconds)
  ours=$(calc "$count / $seconds" '%.0f')
  if measured "schema-$shape-ajv"; then
    ratio=$(calc "$(figure "schema-$shape-ajv" seconds) / $seconds" '%.1f')
    peers="$ratio × ajv ($(grouped "$(calc "$count / $(figure "schema-$shape-ajv" seconds)" '%.0f')"))"
    if measured "schema-$shape-blaze"; then
      peers+="; Blaze --fast, whole process: $(grouped "$(calc "$count / $(figure "schema-$shape-blaze" seconds)" '%.0f')")"
    fi
    row "$1, $(figure "schema-$shape" instance_bytes '%.0f') bytes each" "$(grouped "$ours")/s" "$peers" "≥ 3 × ajv" \
      "$(verdict "$ratio >= 3")"
  else
    row "$1, $(figure "schema-$shape" instance_bytes '%.0f') bytes each" "$(grouped "$ours")/s" "" "≥ 3 × ajv" ""
  fi
  local alone once again
  once=$(figure "schema-$shape" evaluation_ns)
  again=$(figure "schema-$shape" evaluation_ns_repeated)
  alone="evaluation alone $(calc "$once" '%.0f ns') (ten times in a row $(calc "$again" '%.0f'))"
  if [[ -n $blaze ]]; then
    local blaze_once blaze_again
    blaze_once=$(blaze_evaluation_ns 1)
    blaze_again=$(blaze_evaluation_ns 10)
    ratio=$(calc "$blaze_once / $once" '%.1f')
    peers="$ratio × Blaze --fast ($(calc "$blaze_once" '%.0f ns'); in a row $(calc "$blaze_again / $again" '%.1f') ×, $(calc "$blaze_again" '%.0f ns'))"
    row "" "$alone" "$peers" "≥ 1.5 × Blaze" "$(verdict "$ratio >= 1.5")"
  else
    row "" "$alone" "" "≥ 1.5 × Blaze" ""
  fi
  if [[ $count -gt 1000 ]]; then
    local each
    each=$(figure "schema-$shape" allocations_each)
    row "" "$(calc "$each" '%.3f') allocations an accepted instance" "" "none" "$(verdict "$each < 0.001")"
  fi
}

part_schema() {
  local count=100000 shape schema instances
  [[ $count -le $rows ]] || count=$rows
  shape=summary schema=$summary_schema instances=$data/summaries.jsonl
  step instances "$count of each schema" "$programs/bench_generate" summaries "$count" "$instances"
  measure_schema "Schema: parse and validate, one core, ticket-summary"
  shape=larger schema=$larger_schema instances=$data/larger.jsonl
  "$programs/bench_invent" "$schema" "$count" "$instances"
  measure_schema "the same, $(basename "$larger_schema" .schema.json)"

  local file slowest=0 slowest_name='' now
  for file in "$root"/schemas/*.schema.json; do
    now=$("$programs/bench_schema" "$file" | sed -n 's/^compile_ms=//p')
    if awk "BEGIN { exit !($now > $slowest) }"; then slowest=$now slowest_name=$(basename "$file" .schema.json); fi
  done
  local ajv=''
  ! measured schema-summary-ajv || ajv="ajv, ticket-summary: $(figure schema-summary-ajv compile_ms '%.1f ms')"
  row "" "compile $(figure schema-summary compile_ms '%.2f ms'); the slowest of those shipped, $slowest_name: $(calc "$slowest" '%.2f ms')" \
    "$ajv" "< 1 ms" "$(verdict "$slowest < 1")"
}
