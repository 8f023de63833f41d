"""Writes further cases of layers with PyTorch, in float64, rounded once: python layers.py

Tensors of a case: x, y, dy, dx; param.NAME, grad.NAME; buffer.NAME, buffer_after.NAME; y_eval where there are buffers.
"""
import torch
from safetensors.torch import save_file
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(7)

def case(name, module, *shape):
    with torch.no_grad():
        for tensor in module.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(tensor.float().double())
    x = torch.randn(*shape).float().double().requires_grad_()
    tensors = {f"buffer.{key}": value.clone() for key, value in module.named_buffers() if value.is_floating_point()}
    y = module(x)
    dy = torch.randn(*y.shape).float().double()
    y.backward(dy)
    tensors |= {"x": x, "y": y, "dy": dy, "dx": x.grad}
    for key, value in module.named_parameters():
        tensors |= {f"param.{key}": value, f"grad.{key}": value.grad}
    buffers = {f"buffer_after.{key}": value for key, value in module.named_buffers() if value.is_floating_point()}
    if buffers:
        tensors |= buffers | {"y_eval": module.eval()(x)}
    save_file({key: value.detach().float().contiguous() for key, value in tensors.items()}, f"cases/{name}.safetensors")

case("adaptive_avg_pool2d", nn.AdaptiveAvgPool2d((3, 2)), 2, 3, 7, 5)
case("avg_pool2d_ceil", nn.AvgPool2d(3, 2, 1, ceil_mode=True), 2, 3, 8, 6)
case("avg_pool2d_ceil_inside", nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), 2, 3, 8, 6)
case("batch_norm1d_sequence", nn.BatchNorm1d(5), 3, 5, 9)
case("conv1d_groups", nn.Conv1d(4, 6, 4, 1, "same", groups=2, bias=False), 2, 4, 11)
case("conv_transpose2d_groups", nn.ConvTranspose2d(4, 6, (3, 2), (2, 3), (1, 0), (1, 2), groups=2, dilation=(2, 1), bias=False), 2, 4, 5, 4)
case("conv_transpose2d_depthwise", nn.ConvTranspose2d(3, 3, 4, 2, 1, groups=3), 2, 3, 5, 4)
case("group_norm_instance", nn.GroupNorm(4, 4), 2, 4, 6)
case("max_pool2d_ceil", nn.MaxPool2d(3, 2, ceil_mode=True), 2, 3, 8, 6)
case("upsample_bilinear_corners", nn.Upsample(scale_factor=3, mode="bilinear", align_corners=True), 2, 3, 4, 5)
case("upsample_bilinear_size", nn.Upsample(size=(7, 3), mode="bilinear"), 2, 3, 4, 5)
case("upsample_nearest_size", nn.Upsample(size=(7, 3)), 2, 3, 4, 5)
case("zero_pad2d", nn.ZeroPad2d((1, 2, 3, 0)), 2, 3, 4, 5)
case("max_pool1d", nn.MaxPool1d(3, 2, 1), 2, 3, 12)
case("max_pool1d_ceil", nn.MaxPool1d(2, ceil_mode=True), 2, 3, 11)
case("avg_pool1d", nn.AvgPool1d(3, 2, 1), 2, 3, 12)
case("avg_pool1d_inside", nn.AvgPool1d(4, 3, 1, ceil_mode=True, count_include_pad=False), 2, 3, 12)
case("adaptive_avg_pool1d", nn.AdaptiveAvgPool1d(4), 2, 3, 11)
case("global_avg_pool1d", nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten()), 2, 3, 11)
