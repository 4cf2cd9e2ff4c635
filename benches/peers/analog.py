"""Times of other simulators of analog in-memory computing, one thread, CPU time, best of repeats.

Products: uniform weights and inputs in [-1, 1], sizes 256, 512, 1024, batches 1, 64, 256, in GMAC/s.
Updates: one outer product of uniform vectors in [-1, 1] with trains of 31 pulses, in 1e6 coincidences/s
(a coincidence is one pulse on one device; 31/4 of them for each device in the mean).
Training: a perceptron 784-256-128-10 on 1000 random samples, 19 % of the pixels non-zero, batches of 64, in s.
"""

import sys
import time

import numpy as np


def cpu(work, repeats=5, least=0.05):
    """Shortest CPU time of one call, s."""
    work()
    start = time.process_time()
    work()
    once = time.process_time() - start
    calls = max(1, int(least / max(once, 1e-6)))
    best = once
    for _ in range(repeats):
        start = time.process_time()
        for _ in range(calls):
            work()
        best = min(best, (time.process_time() - start) / calls)
        if once > 5.0:
            break
    return best


def line(name, values):
    print(f"| {name} | " + " | ".join(values) + " |", flush=True)


SIZES = (256, 512, 1024)
BATCHES = (1, 64, 256)


def products(name, make):
    """One row of the table: `make(weights)` gives a function of a batch."""
    row = []
    rng = np.random.default_rng(1)
    for n in SIZES:
        weights = rng.uniform(-1, 1, (n, n)).astype(np.float32)
        product = make(weights)
        for batch in BATCHES:
            x = rng.uniform(-1, 1, (batch, n)).astype(np.float32)
            try:
                seconds = cpu(lambda: product(x))
                row.append(f"{batch * n * n / seconds / 1e9:.3g}")
            except Exception as error:  # a peer may refuse a case
                print(f"{name}, {n}, {batch}: {error}", file=sys.stderr)
                row.append("–")
    line(name, row)


def numpy_plain(w):
    wt = np.ascontiguousarray(w.T)
    return lambda x: x @ wt


def numpy_converters(w):
    wt = np.ascontiguousarray(w.T)
    rng = np.random.default_rng(2)
    n = w.shape[0]
    full = np.sqrt(n)

    def product(x):
        scale = np.abs(x).max(axis=1, keepdims=True)
        driven = np.rint(x / scale * 127).astype(np.float32) / 127
        y = driven @ wt
        y += 0.04 * rng.standard_normal(y.shape, dtype=np.float32)
        return np.clip(np.rint(y / full * 127), -127, 127) * (full / 127) * scale

    return product




def torch_peers():
    import torch

    torch.set_num_threads(1)

    def plain(w):
        wt = torch.from_numpy(w)
        return lambda x: torch.nn.functional.linear(torch.from_numpy(x), wt)

    products("torch, float32 product", plain)


def aihwkit_forward():
    import torch
    from aihwkit.nn import AnalogLinear
    from aihwkit.simulator.configs import InferenceRPUConfig, TorchInferenceRPUConfig

    torch.set_num_threads(1)

    def make(config):
        def of(w):
            n = w.shape[0]
            layer = AnalogLinear(n, n, bias=False, rpu_config=config())
            # An output spread of about 2.7: bound management does not repeat the pass.
            layer.set_weights(torch.from_numpy(w * (2.7 / np.sqrt(n / 9))), None)
            layer.eval()

            def product(x):
                with torch.no_grad():
                    return layer(torch.from_numpy(x))

            return product

        return of

    products("aihwkit, default tile", make(InferenceRPUConfig))
    products("aihwkit, torch tile", make(TorchInferenceRPUConfig))


def lightning_forward():
    import torch
    from aihwkit_lightning.nn import AnalogLinear
    from aihwkit_lightning.simulator.configs import TorchInferenceRPUConfig

    torch.set_num_threads(1)

    def of(w):
        n = w.shape[0]
        config = TorchInferenceRPUConfig()
        config.forward.inp_res = 2**8 - 2
        config.forward.out_res = 2**8 - 2
        config.forward.out_noise = 0.04
        config.forward.out_bound = 10.0
        config.mapping.max_input_size = 512
        config.pre_post.input_range.enable = True
        layer = AnalogLinear(n, n, bias=False, rpu_config=config)
        layer.set_weights(torch.from_numpy(w))
        layer.eval()

        def product(x):
            with torch.no_grad():
                return layer(torch.from_numpy(x))

        return product

    products("aihwkit-lightning, 8 bits", of)


def aihwkit_updates():
    import torch
    from aihwkit.simulator import presets
    from aihwkit.simulator.configs import SingleRPUConfig
    from aihwkit.simulator.configs.devices import ConstantStepDevice, SoftBoundsDevice
    from aihwkit.simulator.parameters.enums import PulseType
    from aihwkit.simulator.tiles.analog import AnalogTile

    torch.set_num_threads(1)
    devices = {
        "constant step": ConstantStepDevice,
        "soft bounds": SoftBoundsDevice,
        "exponential step (ReRamES)": presets.ReRamESPresetDevice,
        "soft bounds, reference (ReRamSB)": presets.ReRamSBPresetDevice,
    }
    for name, device in devices.items():
        row = []
        for n in SIZES:
            made = device()
            config = SingleRPUConfig(device=made)
            config.update.desired_bl = 31
            config.update.update_bl_management = False
            config.update.update_management = False
            config.update.pulse_type = PulseType.STOCHASTIC_COMPRESSED
            tile = AnalogTile(n, n, config)
            tile.set_learning_rate(31 * made.dw_min)
            x = torch.rand(16, n) * 2 - 1
            d = torch.rand(16, n) * 2 - 1
            seconds = cpu(lambda: tile.update(x, d))
            row.append(f"{16 * n * n * 31 / 4 / seconds / 1e6:.3g}")
        line(f"aihwkit, {name}", row)


def aihwkit_training():
    import torch
    from aihwkit.nn import AnalogLinear, AnalogSequential
    from aihwkit.optim import AnalogSGD
    from aihwkit.simulator import presets

    torch.set_num_threads(1)
    torch.manual_seed(1)
    x = torch.rand(1000, 784) * (torch.rand(1000, 784) < 0.19)
    labels = torch.randint(0, 10, (1000,))
    for name in ["ReRamESPreset", "TTv2ReRamESPreset", "ChoppedTTv2ReRamESPreset", "AGADReRamESPreset", "MixedPrecisionReRamESPreset"]:
        config = getattr(presets, name)
        net = AnalogSequential(
            AnalogLinear(784, 256, rpu_config=config()),
            torch.nn.Sigmoid(),
            AnalogLinear(256, 128, rpu_config=config()),
            torch.nn.Sigmoid(),
            AnalogLinear(128, 10, rpu_config=config()),
            torch.nn.LogSoftmax(dim=1),
        )
        optimiser = AnalogSGD(net.parameters(), lr=0.05)
        optimiser.regroup_param_groups(net)

        def epoch():
            for first in range(0, 1000, 64):
                optimiser.zero_grad()
                torch.nn.functional.nll_loss(net(x[first : first + 64]), labels[first : first + 64]).backward()
                optimiser.step()

        line(f"aihwkit, {name}", [f"{cpu(epoch, repeats=1, least=0):.3g}"])


def attempt(part):
    try:
        part()
    except ImportError as error:
        print(f"not installed: {error}", file=sys.stderr)


print("| GMAC/s | " + " | ".join(f"{n}, batch {b}" for n in SIZES for b in BATCHES) + " |")
print("|---" * 10 + "|")
products("numpy, float32 product", numpy_plain)
products("numpy, 8-bit converters and noise", numpy_converters)
for part in (torch_peers, aihwkit_forward, lightning_forward):
    attempt(part)
print("\n| 1e6 coincidences/s | " + " | ".join(str(n) for n in SIZES) + " |")
print("|---" * 4 + "|")
attempt(aihwkit_updates)
print("\n| s for 1000 samples | |")
print("|---|---|")
attempt(aihwkit_training)
