#!/usr/bin/env bash
# Installs other simulators of analog in-memory computing into target/peers-analog and times them on one core.
# Takes about 8 GB of disk (PyTorch). What cannot be installed is named and left out of the tables.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=target/peers-analog
mkdir -p target
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
log="$venv/install.log"
: > "$log"
install() {
    "$venv/bin/pip" install --quiet "$@" >> "$log" 2>&1 || echo "not installed: $* (see $log)" >&2
}
install numpy
# The newest wheel of aihwkit loads with this PyTorch and not with newer ones.
install aihwkit==1.1.0 torch==2.10.0
# Its metadata asks for another PyTorch; it runs with this one.
install --no-deps aihwkit-lightning==2.1.0

export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
pin=""
if command -v taskset > /dev/null; then pin="taskset -c ${CORE:-0}"; fi
$pin "$venv/bin/python" -W ignore benches/peers/analog.py
