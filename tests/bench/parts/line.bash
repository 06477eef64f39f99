# The whole line: one command from rows to results, the simulator in the same process on the same cores, and where the
# processor's time goes, by room.

targets_line() { echo batchd; }

line_command=()
prepare_line() { # ROWS: a fresh home; sets line_command
  local home=$data/line
  rm -rf "$home"
  mkdir -p "$home"
  write_job "$home/job.yaml" dashscope-intl "$(tickets_of "$1")" "$shard_rows" 8
  printf 'state_dir: state\n' >"$home/batchd.yaml"
  line_command=("$batchd" run "$home/job.yaml" --simulate --config "$home/batchd.yaml" -q)
}

# Each sample counts for the innermost function of ours, and its room: what that asks of a library or the kernel is its
# own. Lines "SHARE NAME", the largest first.
samples_by() { # room|function DATA
  perf script -i "$2" -F comm,ip,sym --no-inline 2>/dev/null | awk -v by="$1" '
    function ours(symbol) { # "batchd::json::Document::parse" of a line of the stack, or ""
      sub(/^[ \t]*[0-9a-f]+ /, "", symbol)
      gsub(/\(anonymous namespace\)/, "hidden", symbol)
      gsub(/\(.*/, "", symbol)
      while (gsub(/<[^<>]*>/, "", symbol)) continue
      sub(/.* /, "", symbol)
      return symbol ~ /^batchd::/ ? symbol : ""
    }
    function room(symbol) {
      sub(/^batchd::/, "", symbol)
      if (symbol !~ /^(async|json|http|model|tmpl|schema|schedule|job|prepare|provider|collect|report|notify|store|engine|runner|simulator|daemon|cli)::/)
        return "base"
      sub(/::.*/, "", symbol)
      return symbol
    }
    function finish() {
      if (!open) return
      ++samples[name == "" ? "none of ours" : by == "room" ? room(name) : name]
      ++total
      open = 0
    }
    /^[^ \t]/ { finish(); open = 1; name = ""; next }
    /^[ \t]+[0-9a-f]+ / { if (name == "") name = ours($0); next }
    /^$/ { finish() }
    END { finish(); for (name in samples) printf "%.1f %s\n", samples[name] * 100 / total, name }' | sort -rn
}

profile_line() {
  local count=$((rows / 5)) shares
  if ! command -v perf >/dev/null; then
    remark "No perf on this machine (apt-get install linux-perf): the whole line without a profile."
    return 0
  fi
  prepare_line "$count"
  printf '%-10s %s rows under perf … ' profile "$count"
  if ! perf record -q -F 199 --call-graph dwarf,16384 -o "$data/perf.data" "${line_command[@]}" \
    >"$data/perf.log" 2>&1; then
    printf 'not to be had\n'
    remark "perf may not sample here: the whole line without a profile."
    return 0
  fi
  printf 'read … '
  samples_by room "$data/perf.data" >"$data/rooms"
  samples_by function "$data/perf.data" >"$programs/profile.txt"
  printf 'done\n'
  shares=$(head -10 "$data/rooms" | awk '{ share = $1; $1 = ""; printf "%s%s %.0f %%", (NR > 1 ? "," : ""), $0, share }')
  row "" "by room:$shares" "perf, $(grouped "$count") rows" "none of ours above 25 % unexplained" ""
  remark "Functions of the whole line by their share: ${programs#"$root"/}/profile.txt."
  rm -f "$data/perf.data"
}

part_line() {
  rm -rf "$data/state" "$data/prepared.db" # of prepare and collect: room on the disk
  ensure_tickets
  local count name few=$((rows / 100)) beside
  for count in $((rows / 100)) $((rows / 10)) "$rows"; do
    [[ $count -ge 1 ]] || continue
    prepare_line "$count"
    printf '%-10s %s rows … ' line "$count"
    measure_program "line-$count" --log "$data/line/log" "${line_command[@]}"
    printf '%s\n' "$(figure "line-$count" seconds '%.1f s')"
    name="$(grouped "$count") rows"
    [[ $count -ne $few ]] || name="Whole line, simulator included: $name"
    beside="$(grouped "$(calc "$count / $(figure "line-$count" seconds)" '%.0f')") rows/s"
    if [[ $count -eq $rows && $few -ge 1 ]]; then
      beside+=", $(calc "($(figure "line-$rows" peak_rss_mb) - $(figure "line-$few" peak_rss_mb)) * 1e6 / ($rows - $few)" '%.0f') bytes of memory a row"
    fi
    row "$name" "$(figure "line-$count" seconds '%.1f s'), processor $(figure "line-$count" cpu_seconds '%.1f s'), $(figure "line-$count" peak_rss_mb '%.0f MB')" \
      "$beside" "" ""
  done
  profile_line
  rm -rf "$data/line"
}
