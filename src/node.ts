/**
 * The proxy as a Node server, and a `fetch` for Node that takes less memory than the global one.
 *
 * @module
 */
export { type NodeHttpFetchOptions, nodeHttpFetch } from './node-http-fetch.ts'
export * from './proxy/node/server.ts'
