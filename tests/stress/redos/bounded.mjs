/**
 * Where an expression may take longer than its text is long, and what keeps that text short. No bound is small enough
 * for one that grows exponentially.
 */
export const BOUNDED = {
  // A user runs the audit on their own checkout and can stop it: a hostile file blocks nobody else.
  'src/audit/': 'reads a source file of at most --max-file-size bytes',
  'dist/audit-': 'reads a source file of at most --max-file-size bytes',
  'src/core/base-url.ts': 'reads baseURL, which the program itself sets',
  'src/emulator/replies.ts': 'reads what a test asks the emulator',
  'src/repair/dialects.ts': 'reads the 96 characters before a label',
  'src/transcript/scan.ts': 'reads the 64 characters before a colon',
  'src/translate/prefill.ts': 'reads a text that was trimmed, so that no run of blanks ends it',
}
