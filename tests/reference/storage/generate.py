"""Writes the files of this folder with PyTorch: python generate.py

small.safetensors   a Linear(3, 2) called `hidden` and a BatchNorm1d(2) called `norm`, saved from a state dict
small_f64, small_f16, small_bf16   the same, converted by PyTorch
small.pt, small_legacy.pt          the same by torch.save, which is another format
"""
import torch
from safetensors.torch import save_file

class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(3, 2)
        self.norm = torch.nn.BatchNorm1d(2)

net = Small()
state = net.state_dict()
values = iter(range(1, 100))
for name, tensor in state.items():
    if tensor.is_floating_point():
        # 1/10, 2/10, ...: not exact in any of the formats, so that rounding shows.
        tensor.copy_(torch.tensor([next(values) / 10 for _ in range(tensor.numel())], dtype=torch.float64).reshape(tensor.shape))
    else:
        tensor.fill_(7)
save_file(state, "small.safetensors")
for name, dtype in dict(f64=torch.float64, f16=torch.float16, bf16=torch.bfloat16).items():
    save_file({k: v.to(dtype) if v.is_floating_point() else v for k, v in state.items()}, f"small_{name}.safetensors")
torch.save(state, "small.pt")
torch.save(state, "small_legacy.pt", _use_new_zipfile_serialization=False)
