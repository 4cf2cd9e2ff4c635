#!/usr/bin/env bash
# Installs other crossbar solvers into target/peers and times them on one core.
#   benches/peers/run.sh [N ...]          sizes, 64 128 256 where left away
# What cannot be installed is named in target/peers/install.log and left out of the table.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv=target/peers
mkdir -p target
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
log="$venv/install.log"
: > "$log"
install() {
    "$venv/bin/pip" install --quiet "$@" >> "$log" 2>&1 || echo "not installed: $* (see $log)" >&2
}
# Headers for pycairo (badcrossbar's pictures) and CHOLMOD, and the circuit simulator.
missing=""
for package in libcairo2-dev pkg-config libsuitesparse-dev ngspice; do
    dpkg -s "$package" > /dev/null 2>&1 || missing="$missing $package"
done
if [ -n "$missing" ] && command -v apt-get > /dev/null; then
    sudo=""
    if [ "$(id -u)" != 0 ] && command -v sudo > /dev/null; then sudo="sudo -n"; fi
    # shellcheck disable=SC2086
    $sudo apt-get install -y -qq $missing >> "$log" 2>&1 || echo "not installed:$missing (see $log)" >&2
fi
install numpy scipy
install badcrossbar==1.1.0
install "scikit-sparse<0.5"
install mpimpy==1.0

export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
pin=""
if command -v taskset > /dev/null; then pin="taskset -c ${CORE:-0}"; fi
$pin "$venv/bin/python" benches/peers/peers.py "$@"
