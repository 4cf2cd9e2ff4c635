"""The digits task of `experiments/array_training_digits.json` on aihwkit: accuracy in percent, mean and range of seeds.

The 1797 images of `data/digits/digits.csv`, pixels from 0 to 1; for every seed a fifth of every class is held out. Layers 64-48-10
with aihwkit's own starts (uniform in ±1/√inputs, biases digital), sigmoid, cross-entropy, batches of 8 in a new random order every
epoch, rate 0.1, biases included. Presets as they are.

`digits.py [--seeds 10] [--first 1] [row ...]`; rows are those of the table below, all of them without a name.
"""

import argparse
import pathlib
import statistics
import sys
import time

import numpy as np
import torch
from aihwkit.nn import AnalogLinear, AnalogSequential
from aihwkit.optim import AnalogSGD
from aihwkit.simulator import presets

# Name of the entry, preset, epochs.
ROWS = [
    ("ideal", None, 20),
    ("idealized", "IdealizedPreset", 20),
    ("gokmen_vlasov", "GokmenVlasovPreset", 20),
    ("capacitor", "CapacitorPreset", 20),
    ("ecram", "EcRamPreset", 20),
    ("ecram_metal_oxide", "EcRamMOPreset", 20),
    ("reram_exponential", "ReRamESPreset", 20),
    ("pcm_pair", "PCMPreset", 20),
    ("reram_soft_bounds", "ReRamSBPreset", 20),
    ("tiki_taka_soft_bounds", "TikiTakaReRamSBPreset", 20),
    ("tiki_taka_exponential", "TikiTakaReRamESPreset", 20),
    ("ttv2_exponential", "TTv2ReRamESPreset", 60),
    ("c_ttv2_exponential", "ChoppedTTv2ReRamESPreset", 60),
    ("agad_exponential", "AGADReRamESPreset", 60),
    ("agad_soft_bounds", "AGADReRamSBPreset", 60),
    ("mixed_precision_exponential", "MixedPrecisionReRamESPreset", 20),
]


def images():
    table = np.loadtxt(pathlib.Path(__file__).parents[2] / "data/digits/digits.csv", delimiter=",", dtype=np.float32)
    return table[:, :-1] / 16, table[:, -1].astype(np.int64)


def split(labels, seed):
    """Indices to learn from and to be judged by."""
    rng = np.random.default_rng(seed)
    train, test = [], []
    for label in range(10):
        members = rng.permutation(np.flatnonzero(labels == label))
        held_out = round(0.2 * len(members))
        test.extend(members[:held_out])
        train.extend(members[held_out:])
    return np.array(train), np.array(test)


def network(preset):
    def layer(inputs, outputs):
        if preset is None:
            return torch.nn.Linear(inputs, outputs)
        return AnalogLinear(inputs, outputs, rpu_config=getattr(presets, preset)())

    layers = layer(64, 48), torch.nn.Sigmoid(), layer(48, 10), torch.nn.LogSoftmax(dim=1)
    return torch.nn.Sequential(*layers) if preset is None else AnalogSequential(*layers)


def train(preset, epochs, seed):
    """Accuracy after every epoch, percent."""
    torch.manual_seed(seed)
    pixels, labels = images()
    learn, judge = split(labels, seed)
    x, y = torch.from_numpy(pixels[learn]), torch.from_numpy(labels[learn])
    held_x, held_y = torch.from_numpy(pixels[judge]), torch.from_numpy(labels[judge])
    net = network(preset)
    if preset is None:
        optimiser = torch.optim.SGD(net.parameters(), lr=0.1)
    else:
        optimiser = AnalogSGD(net.parameters(), lr=0.1)
        optimiser.regroup_param_groups(net)
    accuracy = []
    for _ in range(epochs):
        net.train()
        for batch in torch.randperm(len(x)).split(8):
            optimiser.zero_grad()
            torch.nn.functional.nll_loss(net(x[batch]), y[batch]).backward()
            optimiser.step()
        net.eval()
        with torch.no_grad():
            accuracy.append(100 * (net(held_x).argmax(1) == held_y).float().mean().item())
    return accuracy


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("rows", nargs="*", help="names of entries")
    options = parser.parse_args()
    unknown = set(options.rows) - {row[0] for row in ROWS}
    if unknown:
        sys.exit(f"not a row: {', '.join(sorted(unknown))}; rows are {', '.join(row[0] for row in ROWS)}")
    torch.set_num_threads(1)
    print("| entry | aihwkit preset | epochs | mean ± standard error | from | to | CPU s for one seed |", flush=True)
    print("|---|---|---|---|---|---|---|", flush=True)
    for name, preset, epochs in ROWS:
        if options.rows and name not in options.rows:
            continue
        start = time.process_time()
        ends = [train(preset, epochs, seed)[-1] for seed in range(options.first, options.first + options.seeds)]
        seconds = (time.process_time() - start) / len(ends)
        error = statistics.stdev(ends) / len(ends) ** 0.5 if len(ends) > 1 else float("nan")
        mean = f"{statistics.mean(ends):.1f} ± {error:.1f}"
        print(f"| {name} | {preset or 'torch'} | {epochs} | {mean} | {min(ends):.1f} | {max(ends):.1f} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
