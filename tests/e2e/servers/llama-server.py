"""Serves a model with llama.cpp's own HTTP server, on loopback and a free port, until standard input ends.

Prints its address when it answers. Arguments: the model, the file of the grammar that it is held to, the key.
"""

import sys

import xllamacpp

model, grammar, key = sys.argv[1:]
params = xllamacpp.CommonParams()
params.model.path = model
params.model_alias = {"noise"}
params.hostnames = ["127.0.0.1"]
params.port = 0
params.api_keys = [key]
params.n_ctx = 16384
params.n_parallel = 2
# What is kept of one prompt for the next is counted apart, and would make equal calls unequal.
params.cache_prompt = False
# More would wait for each other after every token, by spinning.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.offline = True
params.ui = False
params.verbosity = 0
with open(grammar, encoding="utf-8") as file:
    params.sampling.grammar = xllamacpp.CommonGrammar(
        xllamacpp.common_grammar_type.COMMON_GRAMMAR_TYPE_USER, file.read()
    )
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
