"""The networks of examples/throughput, in PyTorch."""

from torch import nn


def mlp():
    return nn.Sequential(
        nn.Linear(784, 128), nn.ReLU(),
        nn.Linear(128, 64), nn.ReLU(),
        nn.Linear(64, 10),
    )


def wide():
    return nn.Sequential(
        nn.Linear(1024, 4096), nn.ReLU(),
        nn.Linear(4096, 4096), nn.ReLU(),
        nn.Linear(4096, 10),
    )


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(),
        nn.Conv2d(32, 64, 3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(64 * 12 * 12, 128), nn.ReLU(),
        nn.Linear(128, 10),
    )


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        conv = lambda inputs, kernel, stride: nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.body = nn.Sequential(
            conv(inputs, 3, stride), nn.BatchNorm2d(outputs), nn.ReLU(),
            conv(outputs, 3, 1), nn.BatchNorm2d(outputs),
        )
        same = inputs == outputs and stride == 1
        self.short = nn.Identity() if same else nn.Sequential(conv(inputs, 1, stride), nn.BatchNorm2d(outputs))
        self.relu = nn.ReLU()

    def forward(self, x):
        return self.relu(self.body(x) + self.short(x))


def resnet20():
    blocks, inputs = [], 16
    for outputs, first_stride in [(16, 1), (32, 2), (64, 2)]:
        for stride in (first_stride, 1, 1):
            blocks.append(Block(inputs, outputs, stride))
            inputs = outputs
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
        *blocks,
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10),
    )


# name: network, shape of a sample, batches of a training step, whether one sample is inferred
NETWORKS = {
    "mlp": (mlp, (784,), (32, 128), True),
    "wide": (wide, (1024,), (256,), False),
    "cnn": (cnn, (1, 28, 28), (128,), True),
    "resnet20": (resnet20, (3, 32, 32), (64,), True),
}
