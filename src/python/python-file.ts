import source from './legacy_completions.py'

/** The text of the file that restores completions on the Python SDK 1.0 and later. */
export const PYTHON_FILE: string = source

/** The first line of the file in all versions. */
export const PYTHON_FILE_MARK: string = source.slice(0, source.indexOf('\n'))
