"""A step of Baum-Welch by hmmlearn for each line on standard input: prints its seconds and the log-likelihood."""

import json
import sys
import time

import numpy as np
from hmmlearn.hmm import CategoricalHMM

with open(sys.argv[1]) as file:
    case = json.load(file)
b = np.array(case["b"])
symbols = np.array(case["symbols"]).reshape(-1, 1)
for _ in sys.stdin:
    model = CategoricalHMM(len(b), n_features=b.shape[1], n_iter=1, init_params="", implementation="scaling")
    model.startprob_, model.transmat_, model.emissionprob_ = np.array(case["pi"]), np.array(case["a"]), b
    start = time.perf_counter()
    model.fit(symbols)
    print(time.perf_counter() - start, model.monitor_.history[0], flush=True)
