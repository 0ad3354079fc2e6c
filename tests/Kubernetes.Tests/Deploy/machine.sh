#!/usr/bin/env bash
# Every tool of a machine: notes what it is asked to do and answers questions from its notes.
tool=${0##*/}
line="$tool $*"
noted() { grep -qE -- "$1" "$NOTES"; }
case "$line" in
  'docker inspect --format'*) sed -nE 's/^docker network connect ([^ ]+) .*/{"\1":{}}/p' "$NOTES"; exit ;;
  'docker inspect secure-agent-registry') noted '^docker run .*--name secure-agent-registry'; exit ;;
  'docker inspect '*-control-plane) noted '^kind create cluster'; exit ;;
  'k3d cluster get '*) noted '^k3d cluster create'; exit ;;
  'docker exec '*' test -'*) noted "^docker cp .* $3:${!#}$" || noted "^docker cp .* $2:${!#}$"; exit ;;
  'docker exec '*' grep -q runtimes.runsc '*) noted 'runsc.toml >> '; exit ;;
  *'vault auth list') noted 'vault auth enable kubernetes' && printf 'kubernetes/\n'; exit ;;
  kubectl*' get namespace '*) noted "create namespace ${!#}$"; exit ;;
  kubectl*' apply -f -' | kubectl*' vault policy write '*) read -r _ ;;
esac
printf '%s\n' "$line" >>"$NOTES"
