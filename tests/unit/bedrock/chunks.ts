/** Returns the chunks in the frames of a stream, without decoding the frames by code of the project. */
export const chunksIn = (bytes: ArrayBuffer): unknown[] =>
  [
    ...Buffer.from(bytes)
      .toString('latin1')
      .matchAll(/"bytes":"([^"]+)"/g),
  ].map(([, chunk = '']) => JSON.parse(Buffer.from(chunk, 'base64').toString()))
