"""A translating GRU with additive attention by PyTorch, as one would write it for speed on a CPU.

seq2seq.py CASE: CASE is JSON with layers, vocabulary, embed, hidden, batch, steps. Each line on standard input asks for
"train N", "greedy N" or "beam N WIDTH"; every answer is a line of JSON: the seconds of each of N steps, or sentences.
"""

import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import clip_grad_norm_

torch.set_num_threads(2)
torch.manual_seed(1)
BOS, EOS = 1, 2


class Seq2Seq(nn.Module):
    def __init__(self, vocabulary, embed, hidden, layers):
        super().__init__()
        self.source_embedding, self.target_embedding = nn.Embedding(vocabulary, embed), nn.Embedding(vocabulary, embed)
        self.encoder = nn.GRU(embed, hidden, layers, batch_first=True)
        self.decoder = nn.GRU(embed + hidden, hidden, layers, batch_first=True)
        self.w_q, self.w_k = nn.Linear(hidden, hidden, bias=False), nn.Linear(hidden, hidden, bias=False)
        self.v = nn.Linear(hidden, 1, bias=False)
        self.combine = nn.Linear(2 * hidden, hidden)
        self.output = nn.Linear(hidden, vocabulary)

    def encode(self, tokens):
        values, state = self.encoder(self.source_embedding(tokens))
        return values, self.w_k(values), state

    def step(self, x, values, keys, state):
        """x is (B, 1, E)."""
        query = self.w_q(state[-1])[:, None]
        weights = self.v(torch.tanh(query + keys)).squeeze(-1).softmax(-1)
        context = weights[:, None] @ values
        s, state = self.decoder(torch.cat([x, context], -1), state)
        return torch.cat([context, s], -1), state

    def read_out(self, both):
        return self.output(torch.tanh(self.combine(both)))

    def forward(self, tokens, inputs):
        values, keys, state = self.encode(tokens)
        x = self.target_embedding(inputs)
        steps = []
        for t in range(inputs.shape[1]):
            both, state = self.step(x[:, t : t + 1], values, keys, state)
            steps.append(both)
        return self.read_out(torch.cat(steps, 1))


case = json.loads(sys.argv[1])
vocabulary, steps = case["vocabulary"], case["steps"]
model = Seq2Seq(vocabulary, case["embed"], case["hidden"], case["layers"])
optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
tokens, inputs, targets = torch.randint(3, vocabulary, (3, case["batch"], steps))


def train():
    optimiser.zero_grad()
    F.cross_entropy(model(tokens, inputs).flatten(0, 1), targets.flatten()).backward()
    clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()


def log_probs(token, values, keys, state):
    both, state = model.step(model.target_embedding(token)[:, None], values, keys, state)
    scores = model.read_out(both)[:, 0].log_softmax(-1)
    # Every sentence is as long as the longest.
    scores[:, EOS] = -torch.inf
    return scores, state


@torch.inference_mode()
def greedy():
    values, keys, state = model.encode(tokens[:1])
    token, text = torch.tensor([BOS]), []
    for _ in range(steps):
        scores, state = log_probs(token, values, keys, state)
        token = scores.argmax(-1)
        text.append(token)
    return torch.cat(text).tolist()


@torch.inference_mode()
def beam(width):
    values, keys, state = model.encode(tokens[:1])
    scores, state = log_probs(torch.tensor([BOS]), values, keys, state)
    sums, token = scores[0].topk(width)
    texts, state = token[:, None], state.expand(-1, width, -1).contiguous()
    values, keys = values.expand(width, -1, -1), keys.expand(width, -1, -1)
    for _ in range(steps - 1):
        scores, state = log_probs(texts[:, -1], values, keys, state)
        sums, best = (sums[:, None] + scores).flatten().topk(width)
        row, token = best // vocabulary, best % vocabulary
        texts, state = torch.cat([texts[row], token[:, None]], 1), state[:, row]
    return texts[0].tolist()


tasks = {"train": train, "greedy": greedy, "beam": beam}
for line in sys.stdin:
    task, count, *arguments = line.split()
    model.train(task == "train")
    seconds = []
    for _ in range(int(count)):
        start = time.perf_counter()
        tasks[task](*map(int, arguments))
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds), flush=True)
