# awk -f show-results.awk -v most=3 results.jsonl
# The first rows that succeeded, for people: the id, then each member of the output on a line of its own. Reads what
# batchd writes: one JSON object a line, `id` first, `output` the first member of that name.

# The end (exclusive) of the JSON value that starts at `at`.
function value_end(text, at,    depth, in_string, c) {
  depth = 0; in_string = 0
  for (; at <= length(text); ++at) {
    c = substr(text, at, 1)
    if (in_string) {
      if (c == "\\") ++at
      else if (c == "\"") in_string = 0
    } else if (c == "\"") in_string = 1
    else if (c == "{" || c == "[") ++depth
    else if (c == "}" || c == "]" || c == ",") {
      if (depth == 0) return at
      if (c != "," && --depth == 0) return at + 1
    }
  }
  return at
}

function shown(value) {
  if (value ~ /^".*"$/) value = substr(value, 2, length(value) - 2)
  gsub(/\\n/, " ", value); gsub(/\\"/, "\"", value); gsub(/\\\//, "/", value)
  return value
}

/"status":"succeeded"/ && printed < most {
  ++printed
  at = index($0, "\"id\":") + 5
  print "\n  " shown(substr($0, at, value_end($0, at) - at))
  at = index($0, "\"output\":") + 9
  output = substr($0, at, value_end($0, at) - at)
  if (output !~ /^\{/) { print "    " shown(output); next }
  for (at = 2; at < length(output); at = end + 1) {
    key_end = at + index(substr(output, at + 1), "\"")
    end = value_end(output, key_end + 2)
    printf "    %-12s %s\n", substr(output, at + 1, key_end - at - 1), shown(substr(output, key_end + 2, end - key_end - 2))
  }
}
