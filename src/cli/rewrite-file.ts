import { constants } from 'node:fs'
import { access, lstat, open, readFile, rename, rm } from 'node:fs/promises'
import { asFileError } from './file-errors.ts'

/**
 * Puts a new text in the place of a file's, whole or not at all: it is written beside the file, and then takes its
 * name. The bits of its mode and, where the system allows it, its owner stay.
 *
 * @returns why it was not done, for a person; the file is then what it was
 */
export async function rewriteFile(path: string, before: string, after: string): Promise<string | undefined> {
  const beside = `${path}.migrating`
  let isBegun = false
  try {
    const info = await lstat(path)
    if (!info.isFile()) return 'is no longer a file and was not written'
    // A file that may only be read could be replaced all the same, which is not what its mode says.
    await access(path, constants.W_OK)
    const file = await open(beside, 'wx')
    isBegun = true
    try {
      await file.writeFile(after)
      await file.chown(info.uid, info.gid).catch(() => {})
      await file.chmod(info.mode & 0o7777)
      await file.sync()
    } finally {
      await file.close()
    }
    if (!(await readFile(path)).equals(Buffer.from(before)))
      return 'was changed by another program meanwhile and was not written'
    await rename(beside, path)
    isBegun = false
    return undefined
  } catch (error) {
    if (Object(error).code === 'EEXIST')
      return `was not written: ${beside} is in the way, which an interrupted run may have left; remove it`
    const told = asFileError(path, error)
    if (!(told instanceof Error)) throw error
    return told.message.replace(`${path} `, 'was not written: it ').replace(/\.$/, '')
  } finally {
    if (isBegun) await rm(beside, { force: true }).catch(() => {})
  }
}
