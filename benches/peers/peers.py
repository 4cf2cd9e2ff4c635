"""Times of other crossbar solvers on the problem of benches/crossbar.rs.

N x N cells, conductances uniform from 1 to 100 uS, inputs uniform from 0 to 0.3 V, 2 Ohm in every segment, the first
and the last one included. CPU time of one thread, minimum of repeats; the error is the largest one of an
output current over that current, against a sparse LU solution with refinement.
"""

import importlib
import logging
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as sla

SEGMENT = 2.0
BATCH = 256
# Seconds of CPU time after which a solver gets no larger problem.
BUDGET = float(os.environ.get("BUDGET", "60"))


def problem(n):
    rng = np.random.default_rng(1)
    g = rng.uniform(1e-6, 100e-6, (n, n))
    v = rng.uniform(0.0, 0.3, (n, BATCH))
    return g, v


def nodal(g):
    """Nodal matrix of the word and bit nodes, and the conductance of a segment."""
    n = g.shape[0]
    s = 1.0 / SEGMENT
    word = np.arange(n * n).reshape(n, n)
    bit = word + n * n
    pairs = [
        (word[:, :-1].ravel(), word[:, 1:].ravel(), np.full(n * (n - 1), s)),
        (bit[:-1].ravel(), bit[1:].ravel(), np.full(n * (n - 1), s)),
        (word.ravel(), bit.ravel(), g.ravel()),
    ]
    a, b, w = (np.concatenate(part) for part in zip(*pairs))
    ends = np.concatenate([word[:, 0], bit[-1]])
    rows = np.concatenate([a, b, a, b, ends])
    columns = np.concatenate([a, b, b, a, ends])
    values = np.concatenate([w, w, -w, -w, np.full(2 * n, s)])
    return sp.csc_matrix((values, (rows, columns)), shape=(2 * n * n, 2 * n * n)), s


def injected(n, v, s):
    right = np.zeros((2 * n * n, v.shape[1]))
    right[np.arange(n) * n] = v * s
    return right


def outputs(n, x, s):
    return x[2 * n * n - n:] * s


def reference(g, v):
    n = g.shape[0]
    a, s = nodal(g)
    lu = sla.splu(a, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    right = injected(n, v, s)
    x = lu.solve(right)
    for _ in range(2):
        x += lu.solve(right - a @ x)
    return outputs(n, x, s)


def scipy_splu(g, v):
    n = g.shape[0]
    a, s = nodal(g)
    lu = sla.splu(a, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    return outputs(n, lu.solve(injected(n, v, s)), s)


def cholmod(g, v):
    factorise = importlib.import_module("sksparse.cholmod").cholesky
    n = g.shape[0]
    a, s = nodal(g)
    return outputs(n, factorise(a, ordering_method="amd")(injected(n, v, s)), s)


def badcrossbar(g, v):
    compute = importlib.import_module("badcrossbar").compute
    solution = compute(v, 1.0 / g, SEGMENT, node_voltages=v.shape[1] == 1, all_currents=v.shape[1] == 1)
    return np.atleast_2d(solution.currents.output).T


def mpimpy(g, v):
    """Alternating exact line solves; its inputs enter by the columns and leave by the rows."""
    solve = importlib.import_module("mpimpy.crossbar.crossbar").VoltageInput
    turned = (1.0 / g).T
    return np.stack([solve(inputs, turned, SEGMENT) for inputs in v.T], axis=1)


def ngspice(g, v):
    n = g.shape[0]
    lines = ["* peer"]
    for i in range(n):
        lines.append(f"V{i} s{i} 0 DC {float(v[i, 0])!r}")
        lines.append(f"Rs{i} s{i} u{i}_0 {SEGMENT}")
        lines.append(f"Rf{i} w{n - 1}_{i} f{i} {SEGMENT}")
        lines.append(f"Vf{i} f{i} 0 DC 0")
    for i in range(n):
        for j in range(n):
            lines.append(f"Rc{i}_{j} u{i}_{j} w{i}_{j} {float(1.0 / g[i, j])!r}")
            if j + 1 < n:
                lines.append(f"Rw{i}_{j} u{i}_{j} u{i}_{j + 1} {SEGMENT}")
            if i + 1 < n:
                lines.append(f"Rb{i}_{j} w{i}_{j} w{i + 1}_{j} {SEGMENT}")
    lines += [".options reltol=1e-9 gmin=1e-20", ".op", ".end"]
    with tempfile.TemporaryDirectory() as folder:
        circuit, raw = os.path.join(folder, "a.cir"), os.path.join(folder, "a.raw")
        with open(circuit, "w") as file:
            file.write("\n".join(lines))
        subprocess.run(["ngspice", "-b", "-r", raw, circuit], check=True, capture_output=True)
        data = open(raw, "rb").read()
    head, values = data.split(b"Binary:\n", 1)
    names = [line.split()[1].decode() for line in head.split(b"Variables:\n")[1].splitlines()]
    values = dict(zip(names, np.frombuffer(values)))
    return np.array([[values[f"i(vf{j})"]] for j in range(n)])


SOLVERS = [
    ("badcrossbar", badcrossbar, True),
    ("scipy splu", scipy_splu, True),
    ("CHOLMOD (scikit-sparse)", cholmod, True),
    ("mpimpy", mpimpy, False),
    ("ngspice", ngspice, False),
]


def cpu():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measure(solve, g, v, exact):
    best, spent, repeats, error = float("inf"), 0.0, 0, 0.0
    while repeats < 1 or (repeats < 5 and spent < BUDGET / 6):
        begin, fine = cpu(), time.process_time()
        out = solve(g, v)
        # The fine clock does not count children, the coarse one does.
        taken = max(time.process_time() - fine, cpu() - begin if solve is ngspice else 0.0)
        best, spent, repeats = min(best, taken), spent + taken, repeats + 1
        error = np.max(np.abs(out / exact - 1.0))
    return best, error


def main():
    sizes = [int(n) for n in sys.argv[1:]] or [64, 128, 256]
    logging.disable(logging.CRITICAL)
    rows = {name: [] for name, _, _ in SOLVERS}
    done = set()
    for n in sizes:
        g, v = problem(n)
        exact = reference(g, v)
        for name, solve, batches in SOLVERS:
            for count in (1, BATCH):
                key = (name, count)
                if count > 1 and not batches or key in done:
                    rows[name].append("–")
                    continue
                try:
                    seconds, error = measure(solve, g, v[:, :count], exact[:, :count])
                    rows[name].append(f"{1e3 * seconds:.3g} ({error:.0e})")
                    if 8 * seconds > BUDGET:
                        done.add(key)
                except (ImportError, FileNotFoundError) as fault:
                    print(f"{name} is left out: {fault}", file=sys.stderr)
                    done.update({(name, 1), (name, BATCH)})
                    rows[name].append("–")
                except Exception as fault:  # a peer that fails is named, the others go on
                    print(f"{name} failed at N = {n}, {count} inputs: {fault!r}", file=sys.stderr)
                    done.add(key)
                    rows[name].append("failed")
            print(f"{name}, N = {n}: {rows[name][-2:]}", file=sys.stderr, flush=True)
    print("| CPU ms (largest relative error) | " + " | ".join(f"N = {n}, one input | {BATCH} inputs" for n in sizes) + " |")
    print("|---|" + "---|" * (2 * len(sizes)))
    for name, cells in rows.items():
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
