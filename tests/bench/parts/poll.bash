# Poll: a process that waits for 1,000 batches, each asked about once a minute (later every five).

targets_poll() { targets_resume; }

part_poll() {
  ensure_tickets
  local home=$data/poll count=100000 batches=1000 window=66 share rss
  [[ $count -le $rows ]] || count=$rows
  mkdir -p "$home"
  write_job "$home/job.yaml" standing "$(tickets_of "$count")" $(((count + batches - 1) / batches)) "$batches"
  printf '%-10s %s … ' poll "$batches batches, $window s of real time once they are in flight"
  measure poll "$programs/bench_flight" poll "$batchd" "$home/job.yaml" "$home" "$window"
  printf 'done\n'
  rm -rf "$home"
  share=$(calc "$(figure poll cpu_seconds) / $(figure poll seconds) * 100" '%.2f')
  rss=$(figure poll peak_rss_mb)
  row "Poll: $(grouped "$(figure poll batches '%.0f')") batches in flight" "$share % of one core, $(calc "$rss" '%.1f MB')" \
    "$(figure poll polls '%.0f') polls in $(figure poll seconds '%.0f s')" "≤ 5 %, ≤ 100 MB" \
    "$(verdict "$share <= 5 && $rss <= 100")"
}
