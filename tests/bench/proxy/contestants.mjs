/** What is measured, each in a process of its own; where one cannot be had, a reason takes its place. */
import { fork, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { processesBelow } from './usage.mjs'

const here = name => fileURLToPath(new URL(name, import.meta.url))
const running = new Set()
process.once('exit', () => {
  for (const child of running) child.kill()
})

/** A program of this folder. Its port, and the ids of its processes. */
export async function start(file, env = {}) {
  const child = fork(here(file), { env: { ...process.env, ...env } })
  running.add(child)
  const port = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`${file} ended with ${code}`)))
    child.once('message', message => resolve(message.port))
  })
  return { port, pids: () => [child.pid] }
}

export async function startNginx(upstreamPort) {
  if (spawnSync('nginx', ['-v']).error) return { reason: 'nginx is not on the PATH' }
  const home = mkdtempSync(join(tmpdir(), 'bench-nginx-'))
  const port = await freePort()
  writeFileSync(join(home, 'nginx.conf'), nginxConfig(home, port, upstreamPort))
  return listenOn(port, 'nginx', ['-p', home, '-c', join(home, 'nginx.conf'), '-e', join(home, 'error.log')])
}

export async function startPortkey() {
  const server = here('node_modules/@portkey-ai/gateway/build/start-server.js')
  if (!existsSync(server)) return { reason: '@portkey-ai/gateway is not installed' }
  const port = await freePort()
  return listenOn(port, process.execPath, [server, `--port=${port}`, '--headless'])
}

async function listenOn(port, command, args) {
  const child = spawn(command, args, { stdio: 'ignore' })
  running.add(child)
  const failed = new Promise((_, reject) => {
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`${command} ended with ${code}`)))
  })
  await Promise.race([failed, accepts(port)])
  failed.catch(() => {})
  return { port, pids: () => processesBelow(child.pid) }
}

async function accepts(port) {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise(resolve => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

function freePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** As `docs/deploy/nginx.conf` has it where that costs anything, without TLS and without a log. */
const nginxConfig = (home, port, upstreamPort) => `
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid ${home}/nginx.pid;
events { worker_connections 16000; }
http {
  access_log off;
  client_body_temp_path ${home}/body;
  proxy_temp_path ${home}/proxy;
  fastcgi_temp_path ${home}/fastcgi;
  uwsgi_temp_path ${home}/uwsgi;
  scgi_temp_path ${home}/scgi;
  keepalive_requests 1000000;
  upstream backend {
    server 127.0.0.1:${upstreamPort};
    keepalive 256;
    keepalive_requests 1000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=8192;
    location / {
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`
