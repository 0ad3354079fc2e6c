# Sourced by ./dev: a second look at what failed in a whole run.
# shellcheck shell=bash

# At most this many tests are run again; more than that is no accident of the machine's load.
again_limit=5

# "DLL METHOD" of each failed test in a run's log, a line for each row that failed.
failed_methods() {
  awk '/^failed / { name = $2; sub(/\(.*/, "", name); next }
       name != "" { if ($1 == "from") print $2, name; name = "" }' "$1"
}

# The log's account of each failed test, at most 40 lines of it.
failed_accounts() {
  awk '/^(Running tests from|Test run summary|skipped |\/)/ { shown = 0 }
       /^failed / { shown = 40 }
       shown-- > 0' "$1"
}

# Runs each failed test once more, alone. One that passes then is named as unstable: it depends on load or on its neighbours, and is a defect to mend.
# One that skips itself then has not passed.
# Sets 'recovered' to the number of failed rows that passed.
run_failed_again() {
  local log=$1 dll method rows
  recovered=0
  failed_methods "$log" | sort | uniq -c >"$log.failed"
  [ -s "$log.failed" ] || return 0
  printf '\nWhat failed:\n'
  failed_accounts "$log"
  if [ "$(wc -l <"$log.failed")" -gt "$again_limit" ]; then
    printf 'more than %s tests failed; none is run again\n' "$again_limit"
    return 0
  fi
  while read -r rows dll method; do
    printf '\nAgain, alone: %s\n' "$method"
    if (cd "$root" && dotnet test --root-directory "$(dirname "$dll")" --test-modules "$(basename "$dll")" --filter-method "$method" --no-progress --minimum-expected-tests 1 </dev/null) | tee "$log.again" &&
      [ "$(awk '$1 == "succeeded:" { value = $2 } END { print value + 0 }' "$log.again")" -ge "$rows" ]; then
      printf 'unstable: %s failed in the whole run and passed alone; mend it\n' "$method"
      recovered=$((recovered + rows))
    fi
  done <"$log.failed"
}
