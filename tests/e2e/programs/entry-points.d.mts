export const ROWS: Readonly<Record<string, (context: object) => Promise<void>>>
