export async function convertBatch(..._: unknown[]): Promise<number> {
  return 0
}
