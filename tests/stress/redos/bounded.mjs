/**
 * Where an expression may take longer than its text is long, and what keeps that text short. No bound is small enough
 * for one that grows exponentially.
 */
export const BOUNDED = {
  // The audit is run by whoever has the files checked out, and can be stopped: a hostile one holds up nobody else.
  'src/audit/': 'reads a source file of at most --max-file-size bytes',
  'dist/audit-': 'reads a source file of at most --max-file-size bytes',
  'src/client/http.ts': 'reads baseURL, which the program itself sets',
  'src/emulator/replies.ts': 'reads what a test asks the emulator',
  'src/repair/dialects.ts': 'reads the 96 characters before a label',
  'src/translate/prefill.ts': 'reads a text that was trimmed, so that no run of blanks ends it',
}
