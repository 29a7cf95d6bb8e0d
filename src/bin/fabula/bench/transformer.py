"""A small GPT by PyTorch, as one would write it for speed on a CPU.

transformer.py speed CASE      does n training steps for each line n on standard input
transformer.py generate CASE   writes n texts of as many tokens as the context for each line n on standard input
transformer.py learn CASE      trains for so many steps, and scores the held-out text in disjoint windows

CASE is JSON with vocabulary, width, heads, layers, context, batch; to learn, also lr, updates, train and test.
Every answer is one line of JSON.
"""

import json
import math
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import clip_grad_norm_

torch.set_num_threads(2)


class Layer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.inner, self.outer = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        c = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.output(c.transpose(1, 2).reshape(b, t, d))
        return x + self.outer(F.gelu(self.inner(self.norm2(x))))

    def step(self, x, cache, t):
        """One more token of one text; the cache has room for all."""
        d = x.shape[-1]
        q, k, v = self.qkv(self.norm1(x)).view(3, self.heads, 1, d // self.heads)
        keys, values = cache
        keys[:, t], values[:, t] = k[:, 0], v[:, 0]
        c = F.scaled_dot_product_attention(q, keys[:, : t + 1], values[:, : t + 1])
        x = x + self.output(c.transpose(0, 1).reshape(1, d))
        return x + self.outer(F.gelu(self.inner(self.norm2(x))))


class Gpt(nn.Module):
    def __init__(self, case, vocabulary):
        super().__init__()
        width, layers = case["width"], case["layers"]
        self.embedding, self.places = nn.Embedding(vocabulary, width), nn.Embedding(case["context"], width)
        self.layers = nn.ModuleList(Layer(width, case["heads"]) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        for name, parameter in self.named_parameters():
            if parameter.dim() > 1:
                adds = name.endswith(("output.weight", "outer.weight"))
                nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * layers) if adds else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, tokens):
        x = self.embedding(tokens) + self.places.weight[: tokens.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.norm(x) @ self.embedding.weight.T

    def loss(self, tokens, targets):
        return F.cross_entropy(self(tokens).flatten(0, 1), targets.flatten())


def adam_w(model, lr):
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.99), fused=True)


def update(model, optimiser, tokens, targets):
    optimiser.zero_grad()
    loss = model.loss(tokens, targets)
    loss.backward()
    clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()


def speed(case):
    torch.manual_seed(1)
    model = Gpt(case, case["vocabulary"])
    optimiser = adam_w(model, 1e-3)
    tokens, targets = torch.randint(case["vocabulary"], (2, case["batch"], case["context"]))
    for line in sys.stdin:
        seconds = []
        for _ in range(int(line)):
            start = time.perf_counter()
            update(model, optimiser, tokens, targets)
            seconds.append(time.perf_counter() - start)
        answer({"seconds": seconds})


@torch.inference_mode()
def generate(case):
    torch.manual_seed(1)
    model, heads = Gpt(case, case["vocabulary"]), case["heads"]
    context, size = case["context"], case["width"] // heads
    for line in sys.stdin:
        seconds = []
        for _ in range(int(line)):
            start = time.perf_counter()
            caches = [torch.empty(2, heads, context, size) for _ in model.layers]
            token, log_p = torch.tensor([2]), 0.0
            for t in range(context):
                x = model.embedding(token) + model.places.weight[t]
                for layer, cache in zip(model.layers, caches, strict=True):
                    x = layer.step(x, cache, t)
                log_probs = torch.log_softmax(model.norm(x) @ model.embedding.weight.T, -1)
                best, token = log_probs.max(-1)
                log_p += best.item()
            seconds.append(time.perf_counter() - start)
        answer({"seconds": seconds})


def learn(case):
    torch.manual_seed(1)
    train, test = (Path(case[name]).read_bytes().decode() for name in ["train", "test"])
    vocabulary = {character: i for i, character in enumerate(sorted(set(train + test)))}
    train, test = (torch.tensor([vocabulary[character] for character in text]) for text in [train, test])
    b, t, lr, updates = case["batch"], case["context"], case["lr"], case["updates"]
    model = Gpt(case, len(vocabulary))
    optimiser = adam_w(model, lr)
    start = time.perf_counter()
    for step in range(updates):
        starts = torch.randint(len(train) - t - 1, (b, 1))
        tokens = train[starts + torch.arange(t + 1)]
        cosine = 0.55 + 0.45 * math.cos(math.pi * max(0, step - 100) / (updates - 100))
        for group in optimiser.param_groups:
            group["lr"] = lr * cosine * min(1.0, (step + 1) / 100)
        update(model, optimiser, tokens[:, :-1], tokens[:, 1:])
    seconds = time.perf_counter() - start
    answer({"seconds": seconds, "nats_per_character": held_out(model, test, t)})


@torch.inference_mode()
def held_out(model, test, t):
    nats, count = 0.0, 0
    for first in range(0, len(test) - 1, 64 * t):
        rows = test[first : first + 64 * t + 1]
        whole = (len(rows) - 1) // t
        if whole:
            tokens, targets = rows[: whole * t].view(whole, t), rows[1 : whole * t + 1].view(whole, t)
            nats, count = nats + model.loss(tokens, targets).item() * whole * t, count + whole * t
    return nats / count


def answer(value):
    print(json.dumps(value), flush=True)


mode, argument = sys.argv[1:]
{"speed": speed, "generate": generate, "learn": learn}[mode](json.loads(argument))
