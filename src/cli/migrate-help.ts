export const MIGRATE_HELP: string = `Usage: legacy-completions migrate <paths> [options]

  # stage 1, as a diff: imports moved to legacy-completions, no call changed
  legacy-completions migrate .

  # the same, written
  legacy-completions migrate . --write

  # stage 2: calls whose prompts can be read become messages.create; the others get a TODO that says why
  legacy-completions migrate src --stage 2
  legacy-completions migrate src --stage 2 --write

  # a patch, for git apply
  legacy-completions migrate . > migrate.patch

What is looked at:
  --exclude PATTERN       leave out, in the manner of .gitignore; may be given more than once
  --no-gitignore          look at what .gitignore leaves out, too
  --max-file-size BYTES   larger files are named and not read (1048576)

What is done:
  --stage N               1: imports; 2: imports and calls (1)
  --write                 change the files; without it they are only read
  --skip RULE             leave a rule out; may be given more than once: imports, manifests,
                          calls, streams, comments
  --leading-space HOW     a completion begins with a space, and a message does not. drop: so does
                          the rewritten program, and each place is named; keep: the space is put
                          back, and streams are left (drop)

Exit code: 0 nothing to do, or all of it was written; 1 a diff was shown, or something was left to a
person, or a file could not be read or written; 2 it was asked for what it does not know.
TypeScript, JavaScript and Python. Nothing is sent anywhere.
`
