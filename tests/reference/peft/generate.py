"""Makes the folders beside this file: adapters as Python's PEFT saves them, with inputs and outputs.

    python generate.py          makes the files (torch, peft, safetensors)
    python generate.py FOLDER   reads what the test `adapters` has written to FOLDER, and compares the outputs
"""

import os, shutil, sys, warnings
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch import nn

warnings.simplefilter("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))


class Net(nn.Module):
    """The network `Adapted` of tests/adapters."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 8, 3, stride=2, bias=False)
        self.fc = nn.Linear(72, 16)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        x = torch.relu(self.conv1(x))
        x = torch.nn.functional.gelu(self.conv2(x)).flatten(1)
        return self.head(torch.tanh(self.fc(x)))


CONFIGS = {
    "patterns": dict(r=4, lora_alpha=8, lora_dropout=0.1, target_modules=["conv1", "conv2", "fc"],
                     rank_pattern={"conv2": 2}, alpha_pattern={"fc": 16}, modules_to_save=["head"]),
    "stabilized": dict(r=3, lora_alpha=6, target_modules=["fc"], use_rslora=True),
}


def generate():
    for seed, (name, config) in enumerate(CONFIGS.items()):
        torch.manual_seed(seed)
        net, x = Net().eval(), torch.randn(3, 3, 8, 8)
        base = {key: value.clone() for key, value in net.state_dict().items()}
        model = get_peft_model(net, LoraConfig(**config)).eval()
        for key, parameter in model.named_parameters():
            if parameter.requires_grad:
                nn.init.normal_(parameter, std=0.2)
        folder = os.path.join(HERE, name)
        model.save_pretrained(folder)
        if name == "stabilized":  # as a pickle
            tensors = os.path.join(folder, "adapter_model.safetensors")
            torch.save(load_file(tensors), os.path.join(folder, "adapter_model.bin"))
            os.remove(tensors)
        os.remove(os.path.join(folder, "README.md"))
        with torch.no_grad():
            save_file({**base, "x": x, "y": model(x), "y_base": Net.forward(restored(base), x)}, folder + ".safetensors")


def restored(base):
    net = Net().eval()
    net.load_state_dict({key: base[key] for key in net.state_dict()})
    return net


def check(folder):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not os.path.isdir(path):
            continue
        case = load_file(path + ".safetensors")
        model = PeftModel.from_pretrained(restored(case), path).eval()
        merged = restored(load_file(path + ".merged.safetensors"))
        with torch.no_grad():
            for what, found in [("peft", model(case["x"])), ("merged by peft", model.merge_and_unload()(case["x"])), ("merged", merged(case["x"]))]:
                off = (found - case["y"]).abs().max() / case["y"].abs().max()
                print(f"{name}, {what}: off by {off:.1e}")
                assert off <= 1e-5, name


if __name__ == "__main__":
    check(sys.argv[1]) if len(sys.argv) > 1 else generate()
