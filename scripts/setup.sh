#!/usr/bin/env bash
# Makes the HDF5 library available where it is missing, and prints the cargo features to build
# with on the last line (empty, or "--features hdf5-static").
set -euo pipefail
cd "$(dirname "$0")/.."
log=target/setup.log
say() { echo "setup: $*" >&2; }

# Runs a command with its output in the log; says where that is only when it fails.
logged() {
    mkdir -p target
    echo "+ $*" >>"$log"
    if ! "$@" >>"$log" 2>&1; then
        say "this failed: $*"
        say "its output is in $PWD/$log; the last line is: $(tail -n 1 "$log")"
        exit 1
    fi
}

have_hdf5() {
    [ -n "${HDF5_DIR:-}" ] && return 0
    pkg-config --exists hdf5 2>/dev/null && return 0
    command -v h5cc >/dev/null 2>&1 && return 0
    for header in /usr/include/hdf5/serial/hdf5.h /usr/include/hdf5.h /usr/local/include/hdf5.h \
        /opt/homebrew/include/hdf5.h; do
        [ -e "$header" ] && return 0
    done
    return 1
}

for tool in cargo cc; do
    command -v "$tool" >/dev/null 2>&1 || { say "'$tool' is missing; install Rust (https://rustup.rs) and a C compiler first"; exit 1; }
done

if have_hdf5; then
    echo ""
    exit 0
fi

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo -n"
fi
if command -v apt-get >/dev/null 2>&1 && { [ -z "$as_root" ] || $as_root true 2>/dev/null; }; then
    say "the HDF5 library is missing; installing libhdf5-dev with apt-get"
    logged $as_root apt-get update
    logged $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y libhdf5-dev
    echo ""
elif command -v brew >/dev/null 2>&1; then
    say "the HDF5 library is missing; installing it with brew"
    logged brew install hdf5
    echo ""
elif command -v python3 >/dev/null 2>&1; then
    say "the HDF5 library is missing and no package manager can be used; building it from source (about two minutes)"
    logged python3 -m venv .venv-cmake
    logged .venv-cmake/bin/pip install 'cmake>=3.26'
    echo "--features hdf5-static"
else
    say "install the HDF5 library (Debian: libhdf5-dev, Homebrew: hdf5) or python3, then try again"
    exit 1
fi
