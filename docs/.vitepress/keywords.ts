/**
 * Words that visitors search for and that a page does not contain: other names of its subject, and how people describe
 * their problem. The search finds them in the first section of the page, with the weight of its text. Every word has to
 * be answered by the page.
 */
export const KEYWORDS: Readonly<Record<string, string>> = {
  alternatives: 'other tools, competitors, comparison, gateway, instead, better, versus, vs, AI rewrite',
  audit:
    'scan, grep, search, detect, list, inventory, linter, lint, block, forbid, prevent new calls, pipeline, GitHub Actions, GitLab',
  bedrock:
    'AWS, Amazon, boto3, InvokeModel, invoke_model, Lambda, cloud, end of life, EOL, middleware, anthropic.claude-v2',
  'call-by-call':
    'plan, roadmap, how to migrate, step by step, guide, uninstall, remove, delete, get rid of, stop using',
  cli: 'command line, flags, arguments, switches, parameters, terminal, shell, npx, help, usage',
  compare:
    'evaluate, evaluation, quality, better or worse, A/B test, regression, statistics, same quality, good as before',
  deploy:
    'docker, container, image, k8s, install on a server, production, hosting, reverse proxy, TLS, HTTPS, load balancer, monitoring, health check',
  diagnostics: 'warnings, codes, console output, log messages, silence, meaning',
  'drop-in': 'supported methods, missing methods, members, types, compatibility table',
  emulator:
    'mock, mocking, fake, stub, unit tests, test server, sandbox, offline, no key, CI, vitest, jest, pytest',
  'entry-points': 'which one, which way, choose, choice, decide, options, overview, recommended, start here',
  'error-classes':
    'exception, catch, try, instanceof, status codes, 401, 403, 429, 500, 529, rate limit, timeout, retry, throw, handle errors',
  errors:
    'fix, broken, crash, fails, failing, exception, stack trace, bug, problem, not working, stopped working, does not work, help, undefined, 400, 404',
  fields: 'parameters, mapping, translation table, renamed, equivalent, max_tokens, stop_sequences, metadata',
  frameworks:
    'LangChain, LlamaIndex, LiteLLM, promptfoo, library, dependency, transitive, third-party package, plugin, override, resolutions',
  'how-it-works':
    'architecture, internals, overview, explained, what happens, under the hood, what does it do, concept',
  mapping: 'supported models, feature matrix, which models support, capabilities',
  migrate: 'codemod, automatic rewrite, refactor, convert code, upgrade script, transform, TODO comments',
  models:
    'replaces, replaced by, replacement, successor, deprecated, deprecation, retired, discontinued, end of life, sunset, shutdown, which model, Claude 2, Claude 3, Instant, Sonnet, Opus, Haiku',
  'own-http': 'axios, fetch, requests, curl, raw HTTP, REST, without SDK, custom client, translate',
  performance: 'fast, slow, speed, latency, overhead, memory, bundle size',
  pinned:
    'old SDK version, keep old version, cannot upgrade, stay, frozen, legacy version, 0.x, fetch option, without upgrade',
  prices:
    'cost, costs, price, pricing, expensive, cheaper, bill, billing, tokens, dollar, euro, money, budget, pay',
  prove:
    'verify, record, recording, replay, snapshot, before rewriting, regression test, same requests, nothing changed, safe',
  proxy:
    'server, any language, Go, golang, Java, Ruby, PHP, C#, .NET, Rust, microservices, services, base URL, gateway, without code changes',
  python: 'pip, anthropic 1.0, AttributeError, ImportError, async',
  'quick-start':
    'getting started, install, installation, setup, npm, first steps, tutorial, example, how to use, hello world, deprecated',
  scale:
    'batch, batches, bulk, large files, huge files, dataset, corpus, Spark, CSV, JSONL, convert prompts, data lake',
  'sdk-1':
    'upgrade, new version, SDK 1.0, migration, Vertex, Google Cloud, Foundry, Azure, completions missing, completions removed',
  servers: 'llama.cpp, local model, self-hosted, other provider, compatible server, gateway',
  today:
    'different answers, output changed, prefill, temperature, deterministic, reproducible, seed, JSON output, thinking, reasoning, empty answer, cut off',
  versioning:
    'semver, breaking change, release, update, changelog, support policy, Node version, Node.js, LTS, TypeScript version, maintenance, supported versions',
}
