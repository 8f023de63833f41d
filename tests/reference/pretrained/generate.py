"""Writes the files of this folder with PyTorch and NumPy: python generate.py

views.pt, views_legacy.pt, views_protocol4.pt, views_no_crc.pt
                   tensors of all types, views of shared storages and parameters, by torch.save in several ways
views.safetensors  the same tensors, each made contiguous by PyTorch: what is to be read
only.pt            {"state_dict": Linear(3, 2) called `hidden`, with a prefix, "epoch": …}
several.pt         {"model": …, "ema": …, "optimizer": Adam after a step, …}
module.pt          a whole module, which is a pickle of a class
arrays.npz, compressed.npz   arrays of all types in both orders, and some that are no tensors
arrays.safetensors           those that are, as NumPy has them
fortran.npy        one array
keras.npz          kernels as Keras has them: Dense [in, out], Conv2D [height, width, in, out]; keras.safetensors: as PyTorch has them
"""
import collections
import numpy
import torch
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import save_file

torch.manual_seed(1)

base = torch.arange(24, dtype=torch.float32) / 10
state = collections.OrderedDict()
for name in ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "uint16"]:
    state["type." + name] = torch.tensor([[0.1, -2.3, 4.5], [3.25, 0, 7e3]]).clamp(0 if name == "uint16" else -9, 99).to(getattr(torch, name))
matrix = base.reshape(4, 6)
state["view.whole"] = matrix
state["view.transposed"] = matrix.t()
state["view.steps"] = matrix[1::2, 1::3]
state["view.tail"] = base[20:]
state["view.permuted"] = base.reshape(2, 3, 4).permute(2, 0, 1)
state["view.expanded"] = base[5:6].expand(3, 2)
state["view.scalar"] = base[7]
state["view.empty"] = torch.zeros(0, 3)
state["parameter"] = torch.nn.Parameter(base[2:5].clone())
with_attribute = torch.nn.Parameter(base[3:5].clone())
with_attribute.note = "kept by pickle"
state["parameter.with_attribute"] = with_attribute
state._metadata = collections.OrderedDict({"": {"version": 1}})

torch.save(state, "views.pt")
torch.save(state, "views_protocol4.pt", pickle_protocol=4)
old = collections.OrderedDict((k, v) for k, v in state.items() if v.dtype != torch.uint16)
torch.save(old, "views_legacy.pt", _use_new_zipfile_serialization=False)
torch.serialization.set_crc32_options(False)
torch.save(state, "views_no_crc.pt")
torch.serialization.set_crc32_options(True)
save_file({k: v.detach().clone().contiguous() for k, v in state.items()}, "views.safetensors")

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(3, 2)

net = Net()
with torch.no_grad():
    net.hidden.weight.copy_(base[1:7].reshape(2, 3))
    net.hidden.bias.copy_(base[7:9])
torch.save({"state_dict": {"module." + k: v for k, v in net.state_dict().items()}, "epoch": 3, "loss": 0.25}, "only.pt")
optimizer = torch.optim.Adam(net.parameters())
before = {k: v.clone() for k, v in net.state_dict().items()}
net.hidden(torch.ones(1, 3)).sum().backward()
optimizer.step()
torch.save({"model": before, "ema": {"net": net.state_dict(), "decay": 0.99}, "optimizer": optimizer.state_dict(), "step": 1}, "several.pt")
torch.save(net, "module.pt")

arrays = {f"type.{name}": (numpy.arange(6).reshape(2, 3) / 10 * (1 if name[0] == "f" else 50)).astype(name)
          for name in ["f4", "f8", "f2", "i1", "i4", "i8", "u2", "?"]}
arrays["order.c"] = numpy.arange(24, dtype="f4").reshape(2, 3, 4)
arrays["order.fortran"] = numpy.asfortranarray(arrays["order.c"])
arrays["order.vector"] = numpy.linspace(0, 1, 5, dtype="f4")
arrays["scalar"] = numpy.float32(1.5)
arrays["empty"] = numpy.zeros((0, 3), "f4")
save_numpy({k: numpy.ascontiguousarray(v).reshape(numpy.shape(v)) for k, v in arrays.items()}, "arrays.safetensors")
no_tensors = {"other.objects": numpy.array([{}, None], object), "other.text": numpy.array(["a", "bc"]),
              "other.big": numpy.arange(3, dtype=">f4"), "other.fields": numpy.zeros(2, [("a", "f4"), ("b", "i8")])}
numpy.savez("arrays.npz", **arrays, **no_tensors)
numpy.savez_compressed("compressed.npz", **arrays, **no_tensors)
numpy.save("fortran.npy", arrays["order.fortran"])

keras = {"dense/kernel": (base[:6] + 1).reshape(3, 2).numpy(), "dense/bias": base[:2].numpy(),
         "conv/kernel": base.reshape(2, 3, 1, 4).numpy(), "conv/bias": base[4:8].numpy()}
numpy.savez("keras.npz", **keras)
save_numpy({"dense.weight": numpy.ascontiguousarray(keras["dense/kernel"].T), "dense.bias": keras["dense/bias"],
            "conv.weight": numpy.ascontiguousarray(keras["conv/kernel"].transpose(3, 2, 0, 1)), "conv.bias": keras["conv/bias"]},
           "keras.safetensors")
