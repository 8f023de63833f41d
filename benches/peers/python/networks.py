"""The networks of examples/throughput, in PyTorch."""

import torch
from torch import nn
from torch.nn import functional


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


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(28, 128, batch_first=True)
        self.scores = nn.Linear(128, 10)

    def forward(self, x):
        return self.scores(self.lstm(x)[0][:, -1])


class GptBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))

    def forward(self, x):
        samples, steps, width = x.shape
        parts = self.project(self.norm1(x)).split(width, 2)
        q, k, v = (part.view(samples, steps, self.heads, -1).transpose(1, 2) for part in parts)
        seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).reshape(samples, steps, width))
        return x + self.feed(self.norm2(x))


class Gpt(nn.Module):
    def __init__(self, vocabulary=65, width=128, heads=4, blocks=4, steps=64):
        super().__init__()
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Parameter(torch.randn(steps, width) * 0.02)
        self.blocks = nn.Sequential(*[GptBlock(width, heads) for _ in range(blocks)])
        self.norm, self.scores = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)

    def forward(self, x):
        # Scores before steps, where the loss wants classes.
        return self.scores(self.norm(self.blocks(self.token(x) + self.position))).transpose(1, 2)


def values(*shape):
    """Noise, and a label of ten for each sample."""
    return lambda samples: (torch.randn(samples, *shape), torch.arange(samples) % 10)


def tokens(samples):
    """Any tokens, and what follows each."""
    return torch.randint(65, (samples, 64)), torch.randint(65, (samples, 64))


# name: network, what makes a batch of so many samples with labels, batches of a training step, whether one sample is inferred
NETWORKS = {
    "mlp": (mlp, values(784), (32, 128), True),
    "wide": (wide, values(1024), (256,), False),
    "cnn": (cnn, values(1, 28, 28), (128,), True),
    "resnet20": (resnet20, values(3, 32, 32), (64,), True),
    "lstm": (Recurrent, values(28, 28), (128,), True),
    "gpt": (Gpt, tokens, (12,), True),
}
