#!/bin/sh
# The programs of one version under the numbers of others, which are as long: OUT/NUMBER is laid out as KUBERNETES is.
# renumbered.sh OUT SCRATCH KUBERNETES FROM NUMBER...
set -eu
out=$1 kubernetes=$3 from=$4
shift 4
pattern=$(printf %s "$from" | sed 's/[.]/[.]/g')
for number; do
  [ ${#number} = ${#from} ] || { echo "$number is not as long as $from" >&2; exit 1; }
  cp -a "$kubernetes" "$out/$number"
  grep -rlF "$from" "$out/$number" | while read -r program; do LC_ALL=C sed -i "s/$pattern/$number/g" "$program"; done
done
