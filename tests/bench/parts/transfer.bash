# Upload and download of 200 MB over TLS on loopback, file to file, beside curl against the same server, which keeps
# nothing and answers out of memory. Both clients are measured from outside, start and all.

targets_transfer() {
  echo bench_tls_server
  echo bench_transfer
}

transfer_bytes=200000000

transfer_turn() {
  measure_program upload "$programs/bench_transfer" upload "$url/files" "$data/certificate.pem" "$data/upload.jsonl"
  measure_program download "$programs/bench_transfer" download "$url/content" "$data/certificate.pem" "$data/downloaded"
  measure_program fetch "$programs/bench_transfer" fetch "$url" "$data/certificate.pem" "$data/downloaded"
  [[ $compare == yes ]] && command -v curl >/dev/null || return 0
  measure_program upload-curl curl -sS --cacert "$data/certificate.pem" -F purpose=batch \
    -F "file=@$data/upload.jsonl;type=application/jsonl" -o "$data/answer" "$url/files"
  measure_program download-curl curl -sS --cacert "$data/certificate.pem" -o "$data/downloaded" "$url/content"
}

transfer_row() { # NAME WHICH
  local ours beside='' ratio judged=''
  ours=$(calc "$transfer_bytes / 1e6 / $(figure "$2" seconds)" '%.0f')
  if measured "$2-curl"; then
    ratio=$(calc "$(figure "$2-curl" seconds) / $(figure "$2" seconds)" '%.2f')
    beside="$ratio × curl ($(calc "$transfer_bytes / 1e6 / $(figure "$2-curl" seconds)" '%.0f') MB/s, processor $(figure "$2-curl" cpu_seconds '%.2f s'))"
    judged=$(verdict "$ratio >= 0.95")
  fi
  row "$1" "$ours MB/s, processor $(figure "$2" cpu_seconds '%.2f s')" "$beside" "≥ 0.95 × curl" "$judged"
}

part_transfer() {
  [[ $compare == no ]] || command -v curl >/dev/null || remark "No curl on this machine: nothing beside the transfers."
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$data/key.pem" -out "$data/certificate.pem" 2>/dev/null
  head -c "$transfer_bytes" /dev/urandom >"$data/upload.jsonl"
  coproc tls_server { exec "$programs/bench_tls_server" "$data/certificate.pem" "$data/key.pem" "$transfer_bytes"; }
  local port url
  IFS== read -r _ port <&"${tls_server[0]}"
  url=https://127.0.0.1:$port
  turns transfer transfer_turn
  head -c 2000000 "$data/upload.jsonl" >"$data/small.bin"
  measure_program upload-small "$programs/bench_transfer" upload "$url/files" "$data/certificate.pem" "$data/small.bin"
  eval "exec ${tls_server[1]}>&-" # its standard input ends, and so does it
  transfer_row "Upload: 200 MB over TLS" upload
  transfer_row "Download" download
  row "" "as the provider room fetches, hashed and synced: $(calc "$transfer_bytes / 1e6 / $(figure fetch seconds)" '%.0f') MB/s" "" "" ""
  local rss small
  rss=$(calc "$(figure upload peak_rss_mb) > $(figure download peak_rss_mb) ? $(figure upload peak_rss_mb) : $(figure download peak_rss_mb)" '%.1f')
  small=$(figure upload-small peak_rss_mb '%.1f')
  row "" "$rss MB" "2 MB up: $small MB" "flat" "$(verdict "$rss - $small <= 2")"
  rm -f "$data/upload.jsonl" "$data/downloaded"
}
