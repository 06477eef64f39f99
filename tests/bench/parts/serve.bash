# Serve: a daemon with 1,000 batches in flight and 200 clients on its events, asked 10,000 times, 16 at once.

targets_serve() {
  echo bench_serve
  echo batchd
}

part_serve() {
  ensure_tickets
  local home=$data/serve count=100000 batches=1000
  [[ $count -le $rows ]] || count=$rows
  mkdir -p "$home"
  write_job "$home/job.yaml" standing "$(tickets_of "$count")" $(((count + batches - 1) / batches)) "$batches"
  printf '%-10s %s … ' serve "$batches batches, 200 followers, 10,000 requests"
  measure serve "$programs/bench_serve" "$batchd" "$home/job.yaml" "$home"
  printf 'done\n'
  rm -rf "$home"
  row "Serve: 10,000 requests beside $(grouped "$(figure serve batches '%.0f')") batches and 200 followers" \
    "$(grouped "$(figure serve requests_per_second '%.0f')")/s, half within $(figure serve p50_ms '%.1f ms'), 99 % within $(figure serve p99_ms '%.1f ms'), $(figure serve peak_rss_mb '%.0f MB')" \
    "/healthz alone: $(grouped "$(figure serve bare_requests_per_second '%.0f')")/s, 99 % within $(figure serve bare_p99_ms '%.1f ms')" "" ""
}
