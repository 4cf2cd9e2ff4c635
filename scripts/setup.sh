#!/usr/bin/env bash
# Makes the HDF5 library available where it is missing, and prints the cargo features to build
# with on the last line (empty, or "--features hdf5-static").
set -euo pipefail
cd "$(dirname "$0")/.."
say() { echo "setup: $*" >&2; }

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
    $as_root apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq libhdf5-dev >&2
    echo ""
elif command -v brew >/dev/null 2>&1; then
    say "the HDF5 library is missing; installing it with brew"
    brew install hdf5 >&2
    echo ""
elif command -v python3 >/dev/null 2>&1; then
    say "the HDF5 library is missing and no package manager can be used; building it from source (about two minutes)"
    python3 -m venv .venv-cmake >&2
    .venv-cmake/bin/pip install --quiet 'cmake>=3.26' >&2
    echo "--features hdf5-static"
else
    say "install the HDF5 library (Debian: libhdf5-dev, Homebrew: hdf5) or python3, then try again"
    exit 1
fi
