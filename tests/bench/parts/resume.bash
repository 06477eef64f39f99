# Resume: the same command again, with every item prepared and 20 batches in flight at a remote where nothing moves.

targets_resume() {
  echo bench_flight
  echo batchd
}

part_resume() {
  ensure_tickets
  local home=$data/resume batch_rows=$(((rows + 19) / 20)) seconds
  mkdir -p "$home"
  write_job "$home/job.yaml" standing "$data/tickets.jsonl" "$batch_rows" 20
  printf '%-10s %s … ' resume "$rows items, 20 batches"
  measure resume "$programs/bench_flight" resume "$batchd" "$home/job.yaml" "$home" 5
  printf 'done\n'
  rm -rf "$home"
  seconds=$(figure resume seconds)
  row "Resume: $(figure resume batches '%.0f') batches in flight, start to first poll" \
    "$(calc "$seconds" '%.3f s') (median of 5: $(figure resume median_seconds '%.3f s')), $(figure resume peak_rss_mb '%.0f MB')" \
    "" "≤ 0.3 s" "$(verdict "$seconds <= 0.3")"
}
