"""Training steps and inference beside PyTorch's, and inference beside onnxruntime's, in turns in one run.

    pip install torch onnx onnxruntime
    cargo build --release --example throughput
    python benches/peers/python/compare.py --only mlp,wide,cnn

Every line has the best and the median time of each side in milliseconds, over all turns, and theirs divided by ours. Without
onnxruntime its column stays empty.
"""

import argparse
import io
import multiprocessing
import re
import statistics
import subprocess
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch

from networks import NETWORKS

THROUGHPUT = Path(__file__).resolve().parents[3] / "target/release/examples/throughput"
LINE = re.compile(r"(train|infer)\s+(\S+)\s+b=(\d+)\s+median\s+([\d.]+) ms\s+best\s+([\d.]+) ms")


def measure(action, seconds):
    """(median, best) of many calls, in milliseconds; the first ones, which allocate, are not counted."""
    for _ in range(3):
        action()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        action()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times), min(times)


def torch_training(name, batch, seconds, threads):
    torch.set_num_threads(threads)
    make, samples, *_ = NETWORKS[name]
    net, loss = make(), torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), fused=True)
    x, y = samples(batch)

    def step():
        optimizer.zero_grad()
        loss(net(x), y).backward()
        optimizer.step()

    return measure(step, seconds)


def torch_inference(name, seconds, threads):
    torch.set_num_threads(threads)
    make, samples, *_ = NETWORKS[name]
    net, (x, _) = make().eval(), samples(1)
    with torch.inference_mode():
        return measure(lambda: net(x), seconds)


def onnx_inference(name, seconds, threads):
    try:
        import onnxruntime
    except ImportError:
        return None
    make, samples, *_ = NETWORKS[name]
    (x, _), model = samples(1), io.BytesIO()
    with warnings.catch_warnings(action="ignore"):  # The exporter without a compiler is called old.
        torch.onnx.export(make().eval(), (x,), model, input_names=["x"], dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model.getvalue(), options, providers=["CPUExecutionProvider"])
    feed = {"x": x.numpy()}
    return measure(lambda: session.run(None, feed), seconds)


def ours(name, seconds, threads):
    command = [THROUGHPUT, "--only", name, "--threads", str(threads), "--secs", str(seconds)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = (match.groups() for match in map(LINE.match, output.splitlines()) if match)
    return {(kind, int(batch)): (float(median), float(best)) for kind, _, batch, median, best in found}


def alone(measurement, *arguments):
    """Runs a measurement in a process of its own, so that no threads of another library are awake beside it."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measurement, *arguments).result()


def turn(name, options):
    """One measurement of each side: {(kind, batch): {side: (median, best)}}."""
    *_, batches, infers = NETWORKS[name]
    results = {key: {"here": times} for key, times in ours(name, options.secs, options.threads).items()}
    for batch in batches:
        results[("train", batch)]["PyTorch"] = alone(torch_training, name, batch, options.secs, options.threads)
    if infers:
        one = results[("infer", 1)]
        one["PyTorch"] = alone(torch_inference, name, options.secs / 2, options.threads)
        one["onnxruntime"] = alone(onnx_inference, name, options.secs / 2, options.threads)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(NETWORKS), help="which networks, separated by commas")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side")
    parser.add_argument("--secs", type=float, default=2.0, help="how long each side is measured in a turn")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    names = options.only.split(",")
    if unknown := [name for name in names if name not in NETWORKS]:
        parser.error(f"there is no network {unknown[0]}: {', '.join(NETWORKS)}")
    if not THROUGHPUT.exists():
        sys.exit("build the other side first: cargo build --release --example throughput")
    print("best (median) in ms; theirs / ours of the bests (of the medians)")
    for name in names:
        turns = [turn(name, options) for _ in range(options.rounds)]
        for kind, batch in turns[0]:
            line = f"{kind} {name} b={batch}"
            times = {}
            for side in ("here", "PyTorch", "onnxruntime"):
                of_side = [found for found in (one[(kind, batch)].get(side) for one in turns) if found]
                if not of_side:
                    continue
                median, best = statistics.median(m for m, _ in of_side), min(b for _, b in of_side)
                times[side] = (median, best)
                line += f"   {side} {best:.4g} ({median:.4g})"
                if side != "here":
                    line += f": {best / times['here'][1]:.2f} ({median / times['here'][0]:.2f})"
            print(line, flush=True)


if __name__ == "__main__":
    main()
